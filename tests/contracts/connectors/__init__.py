"""Samples of each connector, one module a connector: what its provider's documentation says."""
