"""How tries went, by account and cell: the first table of D6."""
