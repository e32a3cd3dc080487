"""Renewals whose first try failed, and how that ended: D13."""
