"""What speaks to identity providers."""
