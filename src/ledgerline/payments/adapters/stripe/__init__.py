"""Connector to Stripe: cards that are charged by PaymentIntents, API version 2026-10-28.endive.

Where the payer can be sent to their bank they are, by redirect; where nobody is there, a charge
that wants them is refused.

Relies on: idempotency keys kept for at least a day with the first status and body, metadata that
can be searched (a moment later), PaymentIntents and refunds that are read by their id at once,
Stripe-Signature v1. What every status and code means is in ``outcomes``.
"""
