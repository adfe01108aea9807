"""Lenient JSON, numbers, locations and redaction, as several packages need them. Pure."""
