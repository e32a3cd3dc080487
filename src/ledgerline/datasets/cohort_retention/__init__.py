"""How many of those who came together still pay: D7."""
