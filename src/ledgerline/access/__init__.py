"""Access: who may call or work here, what they asked for and did, and what is whose.

Owns ``api_key``, ``idempotency_key``, ``global_key``, ``portal_session``, ``person``,
``amount_limit``, ``sign_in_link``, ``person_session``, ``person_password``, ``person_identity``,
``saved_filter``, ``sign_in_state``, ``sign_in_count`` and ``audit_entry``. Holds: a key without the
scope to write changes nothing; an idempotency key of a principal answers one question once,
whatever customer it is about; a provider's token belongs to one customer while it is attached; a
link into the portal opens one session, once, and a sign-in link lets one person in; passwords are
tried a few times in a quarter of an hour, by anybody; nobody raises themself, and somebody stays
who may do everything; a person gives back no more than their role may; what a person did is written
in the transaction that did it, and never changed. Emits nothing.
"""
