"""Tools that `make` runs: setting up what it needs, and asking for advisories."""
