"""Scenarios of flows, called as entry points call them."""
