"""Posting rules of the ledger: which accounts a business moment moves."""
