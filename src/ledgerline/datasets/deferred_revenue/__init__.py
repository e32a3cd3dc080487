"""What was billed and is not earned yet, month by month: D3."""
