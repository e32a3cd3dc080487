"""Subscriptions by status at the close of each day: D10."""
