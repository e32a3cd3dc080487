"""Benchmarks: each prints a ratio to its physical limit, both measured in the same run."""
