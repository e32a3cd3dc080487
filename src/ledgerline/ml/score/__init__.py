"""Serving of models: state and features to whole numbers, by the standard library alone.

No I/O, no clock, no chance: `now` and the key of a draw are arguments. No table, no event.
"""
