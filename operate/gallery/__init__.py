"""What a bucket of manifests shows, as pages on a loopback port; `create_app` is in server.py."""
