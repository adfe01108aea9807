"""What the function keeps in its bucket between invocations: small JSON records."""
