"""The only modules that import SDKs; each maps every error of its SDK in one place."""
