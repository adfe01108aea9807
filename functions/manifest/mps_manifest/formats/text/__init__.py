"""What a text is in: its encoding and its language."""
