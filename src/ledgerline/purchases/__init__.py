"""Purchases: one run through checkout.

Owns ``purchase``. Holds: a purchase names what it created; it never expires while it has a live
attempt. Emits nothing of its own: what it made tells its story.
"""
