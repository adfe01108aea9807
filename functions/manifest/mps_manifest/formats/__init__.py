"""What is inside the files: types, media facts, captions, beats. Pure: bytes in, values out."""
