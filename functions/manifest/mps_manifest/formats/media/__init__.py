"""The facts of media files, from what MediaInfo and the readers beside tell."""
