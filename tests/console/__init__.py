"""Tests of the console over HTTP."""
