"""Sample jobs of every algorithm, with real small media files."""
