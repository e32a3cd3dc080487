"""Decisions about customers, pure."""
