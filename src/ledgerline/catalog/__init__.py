"""Catalog: what is sold, where, by whom and at which price.

Owns ``seller``, ``market``, ``market_text``, ``collection_policy``, ``product``, ``plan``,
``plan_phase``, ``add_on_rule``, ``price``, ``coupon``, ``catalog_release`` and ``catalog_part``.
Holds: a price is an immutable row that begins on its date and lasts until the next row of the same
plan and market; what documents say of each release is kept; publishing decides what a new sale gets
and never touches a running subscription; currency, seller and rounding of a market do not change,
and how it collects is kept by version; a text that buyers are shown or confirm stays as it is under
its version. ``music.yaml`` is the catalog shipped with the package.
"""
