"""Releases: what was extracted for the data sets, and which snapshots are published together.

Owns ``dataset_interval`` and ``dataset_release``. Holds: an interval is closed once and never
changes; a release names one snapshot of every table, is made after its audits held, and readers
read a release and never the newest files. Emits no events.
"""
