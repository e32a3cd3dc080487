"""What the command line decides before it touches anything."""
