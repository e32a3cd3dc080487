"""Mail: what customers are written, once for each fact.

Owns ``mail`` and ``mail_block``. Holds: a mail is unique by its kind, the object it is about, the
occasion (the sequence of the event that tells of it) and its own sequence, which only a person who
sends it again counts up; what may have been sent and was not confirmed is ``unknown`` and never
sent again by a machine; no address that a server refused for good is written to again; of an
erased customer nothing waits, and neither address nor contents are left. Emits nothing: mails tell
of events.

What a mail says is gathered when it is delivered and kept (``facts``, which hold nothing personal);
how it says it is rendered from that by `ledgerline.letters`, the same each time.
"""
