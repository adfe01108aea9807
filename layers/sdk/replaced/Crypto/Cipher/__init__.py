"""Replaces pycryptodome's ciphers, which oss2 imports for client-side encryption."""
