"""Receipts: the proof of one payment or refund.

Owns ``receipt``. Holds: every succeeded payment and refund has exactly one receipt of the same
amount, written in the transaction that proves it. Emits nothing of its own: the events of
its payment and its refund tell of it.
"""
