"""The contents of files: types, media facts, captions, beats. Pure: bytes in, values out."""
