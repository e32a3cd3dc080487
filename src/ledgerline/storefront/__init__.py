"""The storefront: pages for customers, the hosted checkout and the portal (``portal``).

Owns no table and emits no event. A page is a view over the same rules and read models as the API:
``checkout`` answers requests for ``/checkout/{reference}``, ``ordering`` shows what is ordered and
``revising`` changes it before it is paid, ``shown`` writes what a quote and a
purchase say in a language, ``refusals`` chooses what a payer is told, ``fields`` where a card is
typed, ``forms`` reads what is posted, ``pages`` is the ASGI application. A reference in an address
is all that a buyer has: whoever knows it may buy, nobody can guess it, and a form is only taken
with the token that it was rendered with.
"""
