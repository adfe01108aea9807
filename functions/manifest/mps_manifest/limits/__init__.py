"""How much, how long and how many: what bounds the work of an invocation."""
