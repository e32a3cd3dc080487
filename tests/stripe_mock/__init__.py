"""Every request to Stripe, shown to the server that Stripe builds from its own API description."""
