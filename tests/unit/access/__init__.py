"""Pricing: tax rates and their arithmetic."""
