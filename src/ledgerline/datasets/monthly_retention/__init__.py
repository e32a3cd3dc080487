"""What a month kept of what it began with: D7."""
