"""Sound in files of its own: how long it is, and what stands before it."""
