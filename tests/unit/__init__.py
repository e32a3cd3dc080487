"""Rules and values: no database, no network, milliseconds."""
