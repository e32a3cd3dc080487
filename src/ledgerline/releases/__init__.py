"""Releases: what was extracted for the data sets, and which snapshots are published together.

Owns ``dataset_interval``, ``dataset_release``, ``dataset_headline``, ``dataset_close``,
``dataset_retired_release``, ``dataset_retired_interval``, ``dataset_lease`` and ``dataset_run``.
Holds: an interval is closed
once and never changes; a release names one snapshot of every table, is made after its audits held,
and readers read a release and never the newest files; what closed a month is never retired. Emits
no events.
"""
