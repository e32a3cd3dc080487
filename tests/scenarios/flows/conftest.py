"""The worlds of scenarios: one a module at New Year 2026, or one a test."""

from tests.flow_world import fresh_world, world

__all__ = ["fresh_world", "world"]
