"""Decisions about a catalog: reading its text, judging it before publication, finding in it."""
