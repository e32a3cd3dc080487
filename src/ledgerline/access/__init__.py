"""Access: who may call, what they asked for already, and what is whose across all customers.

Owns ``api_key``, ``idempotency_key`` and ``global_key``. Holds: a key without the scope to write
changes nothing; an idempotency key of a principal answers one question once, whatever customer it
is about; a provider's token belongs to one customer while it is attached. Emits nothing.
"""
