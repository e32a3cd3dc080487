"""The payment provider simulator, as a process on a socket wherever that is what matters."""
