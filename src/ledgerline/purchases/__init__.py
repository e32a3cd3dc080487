"""Purchases: one run through checkout.

Owns ``purchase``. Holds: a purchase names what it created; it never expires while it has a live
attempt. Emits ``purchase.completed`` and ``purchase.failed``.
"""
