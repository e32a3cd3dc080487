"""The customer portal at ``/portal``: a view over the same flows as the API.

A link opens a session once (``entry``); from then on a cookie says whose portal it is, and nothing
in an address does. Every form carries a token of its session, its address and what it was shown
with (``visit``); what it asks for is done under an idempotency key that was drawn when it was
rendered, so a double click is one wish. What belongs to somebody else is not there. ``home``,
``paying``, ``cards``, ``plan``, ``resting``, ``ending``, ``papers``, ``credit``, ``account`` and
``address`` are its pages, ``routes`` their addresses, ``reading`` and ``shown`` what they have in
common.
"""
