"""Entitlements: what a customer may use, from when to when, and because of what.

Owns ``cover``. Holds: access at an instant means one finite cover row that contains it; ``paid``
cover is written only with the proof of payment; grace is bounded. Emits nothing of its own: cover
follows the events of its invoice.
"""
