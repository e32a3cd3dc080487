"""Worlds of declined renewals: why each payer's money is not there, and when it is again."""
