"""What is owed and for how long: D4."""
