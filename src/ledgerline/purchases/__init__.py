"""Purchases: one run through checkout.

Owns ``purchase`` and ``checkout_session``. Holds: a purchase names what it created; it never
expires while it has a live attempt. A checkout session is an order that waits for its buyer; where
it stands is a view over the purchases it led to, of which one at most has not failed. Emits nothing
of its own: what it made tells its story.
"""
