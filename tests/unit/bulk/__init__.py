"""Bulk jobs: what is large, and which step follows."""
