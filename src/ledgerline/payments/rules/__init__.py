"""Rules of payments: pure decisions about states, retries and unresolved attempts.

Nothing here reads a clock, a database or a provider; instants and readings are arguments.
"""
