"""The manifest of a job: build it, publish it, and replace it only by a better one."""
