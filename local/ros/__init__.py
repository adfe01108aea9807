"""ROS and Function Compute, and of other services what a deployment and its checks ask."""
