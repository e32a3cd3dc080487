"""Outbox: what any flow writes beside its decision.

Owns ``event``. Holds: an event's sequence is dense per aggregate and written in the transaction of
the change it tells. Emits nothing itself.
"""
