"""OSS as oss2 meets it: signatures, objects, versions, listings, multipart uploads."""
