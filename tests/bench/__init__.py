"""Benchmarks in their short form: they run, whatever they measure."""
