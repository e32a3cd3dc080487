"""The GoCardless dialect of the simulator, as GoCardless's own library sees it."""
