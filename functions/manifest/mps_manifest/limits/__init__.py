"""Limits on the time, calls and threads of an invocation."""
