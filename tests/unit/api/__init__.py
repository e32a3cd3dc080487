"""Pure parts of the API."""
