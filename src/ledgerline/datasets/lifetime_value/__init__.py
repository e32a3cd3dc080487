"""What a customer is worth, by where they came from: D8."""
