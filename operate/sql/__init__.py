"""Manifests as tables: a cache of them on this machine, exports, and queries in SQL."""
