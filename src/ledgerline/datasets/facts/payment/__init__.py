"""The fact of payments that were begun."""
