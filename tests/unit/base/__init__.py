"""The ground: exact values, published vectors, refusals."""
