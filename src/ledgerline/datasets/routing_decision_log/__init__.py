"""Choices of merchant accounts, with probabilities and what came of them."""
