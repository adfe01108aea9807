"""Pictures: their size, how they are shown, how many frames they have."""
