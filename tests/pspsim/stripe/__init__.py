"""The Stripe dialect, asked by Stripe's own library."""
