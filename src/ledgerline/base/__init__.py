"""The ground every context stands on: money, calendar, ids, states, errors and the outside world.

Owns no table and emits no event. It knows nothing of commerce, so nothing here imports a context.
"""
