"""What is learned, by itself."""
