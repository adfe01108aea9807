"""The use cases: one event, one sweep, one job, and what follows from its outcome."""
