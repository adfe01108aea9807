"""How commands reach a system: what they act on, with which rights, and many objects at once."""
