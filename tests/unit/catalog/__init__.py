"""Catalog: reading it, judging it, comparing it, finding in it."""
