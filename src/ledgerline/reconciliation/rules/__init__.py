"""Rules of reconciliation: what of ours a line is, whether a file adds up, what is overdue."""
