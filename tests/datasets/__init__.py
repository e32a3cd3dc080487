"""Data sets: extraction, tables against slow references, releases."""
