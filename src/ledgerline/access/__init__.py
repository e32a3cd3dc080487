"""Access: who may call, what they asked for already, and what is whose across all customers.

Owns ``api_key``, ``idempotency_key``, ``global_key`` and ``portal_session``. Holds: a key without
the scope to write changes nothing; an idempotency key of a principal answers one question once,
whatever customer it is about; a provider's token belongs to one customer while it is attached; a
link into the portal opens one session, once. Emits nothing.
"""
