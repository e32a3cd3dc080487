"""Ledgerline: a subscription commerce platform that can explain every cent."""
