"""The data directory of a machine: the key of a sandbox, and the demo that runs from here."""

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

_KEY_BYTES: Final = 32
_OWNER_ONLY: Final = 0o600


class RunningDemo(NamedTuple):
    """How other commands reach the demo that runs from this directory."""

    pid: int
    database_url: str
    control_url: str
    url: str


@dataclass(frozen=True, slots=True)
class Place:
    """One data directory; nothing is made before something is put into it."""

    folder: Path

    @property
    def key_file(self) -> Path:
        """Where the key-encryption key of a sandbox lies."""
        return self.folder / "key"

    @property
    def psp_state(self) -> Path:
        """Where the simulator keeps its books."""
        return self.folder / "psp-state"

    @property
    def psp_state_partial(self) -> Path:
        """The simulator's books while a demo is built."""
        return self.folder / "psp-state-partial"

    def keep_key(self) -> None:
        """Make the key file of a sandbox where there is none."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.key_file.exists():
            _write(self.key_file, secrets.token_hex(_KEY_BYTES))

    def running(self) -> RunningDemo | None:
        """Return the demo that runs from here; None once its process is gone."""
        try:
            demo = RunningDemo(**json.loads((self.folder / "running.json").read_text()))
            os.kill(demo.pid, 0)
        except (FileNotFoundError, ProcessLookupError, ValueError, TypeError):
            return None
        return demo

    def note_running(self, demo: RunningDemo) -> None:
        """Let other commands find this demo."""
        _write(self.folder / "running.json", json.dumps(demo._asdict()))

    def forget_running(self) -> None:
        """Say that the demo is over."""
        (self.folder / "running.json").unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    partial.touch(mode=_OWNER_ONLY)
    partial.write_text(text)
    partial.rename(path)
