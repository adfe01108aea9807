"""ROS, calls of Function Compute and reading of logs, as far as a deployment needs them."""
