"""Charts as pure functions: numbers in, markup out."""
