"""Unit tests of subscriptions: pure decisions, no database."""
