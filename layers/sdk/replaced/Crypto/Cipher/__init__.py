"""Stands in for pycryptodome's ciphers, which oss2 imports for objects that the client encrypts."""
