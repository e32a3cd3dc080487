"""The dialects in which providers are asked and answer, one a package or file."""
