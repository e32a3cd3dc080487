"""When each line earns: D2."""
