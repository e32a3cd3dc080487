"""Readings, webhooks, lifecycles, retries and the resolver ladder."""
