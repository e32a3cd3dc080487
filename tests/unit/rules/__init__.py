"""Rules that need several contexts: exact numbers, no database."""
