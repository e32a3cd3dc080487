"""Customers: who pays, where they live in time and law, and their sealed personal data.

Owns ``customer`` and ``customer_key``. Holds: personal data is readable only with the customer's
own key; a customer's bucket never changes. Emits ``customer.created``.
"""
