"""The Stripe dialect: what Stripe's API reference, version 2026-10-28.endive, says of cards."""
