"""OSS: signatures, objects, versions, listings, multipart uploads."""
