"""The proof, tier by tier: what each folder may use is said in its own first line."""
