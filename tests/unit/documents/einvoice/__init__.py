"""E-invoices: what is written, what is refused, and what the published rules say of both."""
