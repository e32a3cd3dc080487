"""The JSON API under ``/v1``: a request is parsed, one flow or view is run, the result is rendered.

Owns no table and emits no event. ``app`` builds the ASGI application from the operations that the
resource modules (``customers``, ``purchases``, …) list; ``answering`` is the one way every request
takes: tripwire, key, body, idempotency, handler, answer. HTTP status codes of refusals stand in
``errors`` and nowhere else. ``openapi`` describes exactly the operations that are served.
"""
