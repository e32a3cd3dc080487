"""Outbox: what any flow writes beside its decision.

Owns ``event``, ``idempotency_key`` and ``api_key``. Holds: an event's sequence is dense per
aggregate and written in the transaction of the change it tells; an idempotency key answers the
same question once. Emits nothing itself.
"""
