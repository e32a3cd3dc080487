"""The fact of tries to collect."""
