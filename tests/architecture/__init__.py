"""Checks of the shape of the code: direction, statements, states, refusals, sizes, schema."""
