"""Rules of bulk jobs."""
