"""Receipts: the proof of one payment or refund, and that a refund came back.

Owns ``receipt``. Holds: every succeeded payment and refund has exactly one receipt of the same
amount, written in the transaction that proves it; every refund that came back has one more, which
corrects the first. Emits nothing of its own: the events of
its payment and its refund tell of it.
"""
