"""The rules of money truth, each broken in a copy of the source, and the test that must fail."""
