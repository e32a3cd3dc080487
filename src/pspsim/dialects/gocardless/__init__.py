"""The GoCardless dialect, API version 2015-07-06: bank debits that are known days later.

Written from GoCardless's public API reference and its list of event types, not from a connector.
"""
