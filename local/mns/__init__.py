"""Topics of MNS (Simple Message Queue): publishing, and pushing to HTTP endpoints."""
