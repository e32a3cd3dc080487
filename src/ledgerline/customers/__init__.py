"""Customers: who pays, where they live in time and law, and their sealed personal data.

Owns ``customer``, ``customer_version``, ``customer_key``, ``customer_note`` and
``trial_redemption``. Holds: personal data is readable only with the customer's own key; a
customer's bucket never changes; documents name a buyer by a version, and a version never changes;
of an erased customer nothing personal is left.
Emits ``customer.created``, ``customer.changed`` and ``customer.erased``.
"""
