"""Bulk: one act on many objects, that somebody looked at before and can stop.

Owns ``bulk_job`` and ``bulk_row``. Holds: a job acts on what was chosen, as it was then, and on
nothing else; one above 500 rows or 10,000 whole units of a currency is started by another person
than the one who chose; each row ends once, by the flow that does the same for one object, under a
key of its own, so that whatever is repeated after a crash was done once. Emits nothing: flows do.
"""
