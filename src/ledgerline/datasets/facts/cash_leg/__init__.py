"""The fact of what moved at providers, by whoever says so."""
