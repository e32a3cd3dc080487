"""Tax by country and rate, and what corrects earlier periods: D9."""
