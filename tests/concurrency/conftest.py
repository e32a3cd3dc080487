"""The worlds in which two things happen at once."""

from tests.flow_world import fresh_world, world

__all__ = ["fresh_world", "world"]
