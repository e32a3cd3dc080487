"""Reconciliation: what providers say they paid out, line by line, against what we charged.

Owns ``settlement_file``, ``settlement_step``, ``settlement_line``, ``settlement_total``,
``payout`` and ``payout_step``. Holds: a file is imported once, whole or not at all; what does not
add up is quarantined and posts nothing; what a charge or refund of ours has one line for is matched
to the unit; what nobody can explain stands in suspense until it is. A payout is on its way, at the
bank, or in the provider's balance again, and each step of it is kept. Emits no events.
"""
