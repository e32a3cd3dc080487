"""Ledger: double entry by transfers; knows nothing of commerce.

Owns ``account``, ``transfer``, ``recognition``, ``ledger_period`` and ``credit_lot``. Holds: a
transfer moves one positive amount between two different accounts of one currency and is never
changed; a source posts each purpose once; a month's revenue has one source; nothing is dated into a
month that is closed; a customer's credit is never negative. Emits no events.
"""
