"""Captions and timed speech: the formats they come in, and WebVTT."""
