"""The ground every context stands on: money, calendar, ids, states, errors and the outside world.

Owns ``environment`` and ``transition``. Emits no event. It knows nothing of commerce, so nothing
here imports a context.
"""
