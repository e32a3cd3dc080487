"""Unit tests of the technique of pages."""
