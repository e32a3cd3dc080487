"""Unit tests of the jobs package."""
