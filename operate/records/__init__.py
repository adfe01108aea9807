"""What a system keeps, as commands read it: manifests, the backlog, the quarantine, the log."""
