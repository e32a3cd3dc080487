"""Number series and numbers."""
