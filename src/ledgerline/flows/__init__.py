"""Flows: one use case a file, verb first. A flow gathers, lets rules decide, and records."""
