"""What customers pay by month, and what changed it: D1."""
