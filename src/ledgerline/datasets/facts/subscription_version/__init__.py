"""What each subscription is contracted to pay, by day."""
