"""Unit tests of the storefront."""
