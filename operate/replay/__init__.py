"""Do jobs once more: from the quarantine, tickets, manifests, or a list of them."""
