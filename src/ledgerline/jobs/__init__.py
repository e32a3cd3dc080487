"""The worker: takes leases over bucket ranges and runs the flows that do due work.

Owns table ``lease`` and emits no event. Invariants: a range of a job has one holder at a time (its
token says which), and a holder whose lease ran out cannot commit. Money work has no job row: the
domain row that is due is the job, so nothing can be lost between the two.
"""
