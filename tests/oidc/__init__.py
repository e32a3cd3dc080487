"""An identity provider for tests, in a process of its own."""
