"""Subscriptions: the agreement, kept as a log in one total order and a projection of it.

Owns ``subscription``, ``subscription_item``, ``subscription_offer``, ``subscription_event``,
``pending_change``, ``agreement`` and ``renewal_notice``. Holds: one live base subscription per
customer and product family; a boundary is counted from the anchor, never from the boundary before;
an ended subscription is never billed. Emits ``subscription.*``.
"""
