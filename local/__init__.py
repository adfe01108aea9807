"""The cloud on a laptop: OSS, the MPS and IMS job APIs, and what calls the function."""
