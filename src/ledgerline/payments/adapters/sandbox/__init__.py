"""Connector to providers that speak the native dialect of the simulator.

Relies on: idempotency keys kept for 7 days with refusals of executed requests, lookup by reference
right after a write, Standard Webhooks v1. What every status and code means is in ``outcomes``.
"""
