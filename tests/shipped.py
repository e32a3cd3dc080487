"""What comes with the platform, for tests: its catalog, and a calm world of the simulator."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

import msgspec

from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rules.parse import parse
from pspsim.world import Latency

HANG_SECONDS: Final = 0.2  # how long the simulator holds a connection that it will not answer


@cache
def shipped_catalog() -> Catalog:
    """Read the catalog that comes with the platform, once a process: nobody can change it."""
    return parse(files("ledgerline.catalog").joinpath("music.yaml").read_text("utf-8"))


def shipped_world() -> dict[str, Any]:
    """Read the calm world of the simulator."""
    world: dict[str, Any] = json.loads(files("pspsim").joinpath("worlds/calm.json").read_text())
    return world


def calm_world(folder: Path, latency: Latency | None = None) -> Path:
    """Write the calm world with connections that hang only a moment."""
    path = folder / "calm.json"
    changed = {**shipped_world(), "hang_seconds": HANG_SECONDS, "latency": latency}
    path.write_bytes(msgspec.json.encode(changed))
    return path
