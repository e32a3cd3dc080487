"""Kill, stop and crash everything while money moves, then compare with the provider's own book."""
