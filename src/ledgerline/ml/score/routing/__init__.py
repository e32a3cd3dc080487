"""Which merchant account approves: a hierarchical state-space model with exact propensities.

Outcomes are counted by tick, segment and account (``deltas``); counts add, so every worker that
has read the same counts has the same state (``router``). No table, no event: storing is for others.
Decision 0054 says why the terms of an account are learned jointly.
"""
