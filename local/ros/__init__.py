"""Stand-ins for ROS, for calls of Function Compute and for reading the log service."""
