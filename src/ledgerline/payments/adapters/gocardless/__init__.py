"""Connector to GoCardless: bank debits by mandate, API version 2015-07-06.

Relies on: a used idempotency key answers with the id of what it created, lists of the payments of
a mandate and of the refunds of a payment that no age limits, hex HMAC-SHA256 of the raw body. The
retention of keys is not published, so keys are relied on for a day. What every status, refusal and
cause means is in ``outcomes`` and ``causes``.
"""
