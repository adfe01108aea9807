"""The rows of the system as it is deployed, each beside one instance with `split`."""
