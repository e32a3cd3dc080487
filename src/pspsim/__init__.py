"""The payment provider simulator: its own process, its own books, no code of ledgerline."""
