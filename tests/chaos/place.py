"""What every process of a chaos run must know, written to a file they all read."""

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

KEK: Final = bytes(range(32))
API_KEY: Final = "api-key"
STARTS: Final = datetime(2026, 1, 1, tzinfo=UTC)
POISON: Final = "poison"  #: while this file is there, what is asked about some attempts fails
POISONED_ONE_IN: Final = 4


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one run is."""

    folder: str
    database_url: str
    psp_url: str
    seed: int
    customers: int

    def write(self) -> Path:
        """Keep it where the fork server finds it."""
        path = self.path("place.json")
        path.write_text(json.dumps(asdict(self)))
        return path

    @classmethod
    def read(cls, path: Path) -> "Place":
        """Read what ``write`` kept."""
        return cls(**json.loads(path.read_text()))

    def path(self, name: str) -> Path:
        """Name a file of this run."""
        return Path(self.folder) / name

    def append(self, name: str, line: Mapping[str, object]) -> None:
        """Append one line with a single write, so that a killed writer leaves no half line."""
        self.path(name).parent.mkdir(exist_ok=True)
        file = os.open(self.path(name), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, json.dumps(dict(line)).encode() + b"\n")
        finally:
            os.close(file)

    def lines(self, name: str) -> list[dict[str, str]]:
        """Read what was appended so far."""
        path = self.path(name)
        if not path.exists():
            return []
        return [json.loads(line) for line in path.read_text().splitlines()]
