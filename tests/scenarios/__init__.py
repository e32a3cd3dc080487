"""Whole stories over a real database, a real simulator and a real server."""
