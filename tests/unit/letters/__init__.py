"""Letters, without a database."""
