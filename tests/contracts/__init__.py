"""What we rely on in others, proven against real sockets and real files."""
