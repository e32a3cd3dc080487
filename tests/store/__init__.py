"""Statements, migrations and the server itself, on a real PostgreSQL."""
