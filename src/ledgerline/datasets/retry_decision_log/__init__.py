"""Choices of when to try again, with probabilities and what came of them."""
