"""The use cases: one event, one sweep, one job, and the settling of its outcome."""
