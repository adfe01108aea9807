"""The manifest of a job: built, written, and replaced only by a better one."""
