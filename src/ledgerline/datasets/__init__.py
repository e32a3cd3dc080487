"""What is published about the data, and the queries that prove it.

Owns no table and emits no event. ``invariants`` holds one query for each sentence that must be true
of every database: it returns the rows that break it. ``audit`` runs them.
"""
