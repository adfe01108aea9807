"""Implement the ports with SDKs; each adapter maps every error of its SDK in one place."""
