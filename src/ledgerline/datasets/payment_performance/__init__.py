"""How payments went, by account of their first try and cell: the second table of D6."""
