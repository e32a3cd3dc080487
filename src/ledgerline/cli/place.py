"""The data directory of a machine: the key of a sandbox, and the demo that runs from here."""

import hashlib
import json
import os
import secrets
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from ledgerline.cli.settings import CommandFailed

_KEY_BYTES: Final = 32
_WORLD: Final = "world.json"
_SIMULATOR: Final = "simulator.json"
_OWNER_ONLY: Final = 0o600


class RunningDemo(NamedTuple):
    """How other commands reach the demo that runs from this directory."""

    pid: int
    database_url: str
    control_url: str
    url: str


class OwnSimulator(NamedTuple):
    """The simulator beside a sandbox: where it listens, and the seed of its outcomes."""

    port: int
    control_port: int
    seed: int

    @property
    def url(self) -> str:
        """Its public address."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def control_url(self) -> str:
        """The address of its control port."""
        return f"http://127.0.0.1:{self.control_port}"


@dataclass(frozen=True, slots=True)
class Place:
    """One data directory; nothing is made before something is put into it."""

    folder: Path

    @property
    def key_file(self) -> Path:
        """Where the key-encryption key of a sandbox lies."""
        return self.folder / "key"

    @property
    def lake(self) -> Path:
        """Where the data sets and what they are built from lie."""
        return self.folder / "lake"

    @property
    def report(self) -> Path:
        """Where report pages are written that go nowhere else."""
        return self.folder / "report"

    @property
    def psp_state(self) -> Path:
        """Where the simulator keeps its books."""
        return self.folder / "psp-state"

    @property
    def psp_state_partial(self) -> Path:
        """The simulator's books while a demo is built."""
        return self.folder / "psp-state-partial"

    def sandbox(self, spot: str) -> Path:
        """Return the folder of what belongs to the sandbox in one database, ``spot``."""
        return self.folder / f"sandbox-{hashlib.sha256(spot.encode()).hexdigest()[:12]}"

    def keep_key(self) -> None:
        """Make the key file of a sandbox where there is none; raises ``CommandFailed``."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not self.key_file.exists():
                _write(self.key_file, secrets.token_hex(_KEY_BYTES))
        except OSError as error:
            raise CommandFailed(
                f"the data directory {self.folder} cannot be written: {error.strerror}",
                hint="another --data-dir",
            ) from error

    def note_simulator(self, spot: str, simulator: OwnSimulator, world: str) -> None:
        """Keep what `ledgerline psp-simulator` starts for a sandbox, with its world and no books.

        The sandbox is new, so books that lie here are of one that is gone.
        """
        folder = self.sandbox(spot)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        _write(folder / _WORLD, world)
        _write(folder / _SIMULATOR, json.dumps(simulator._asdict()))

    def simulator(self, spot: str) -> OwnSimulator | None:
        """Return the simulator of the sandbox in one database, if it was made from here."""
        try:
            return OwnSimulator(**json.loads((self.sandbox(spot) / _SIMULATOR).read_text()))
        except (OSError, ValueError, TypeError):
            return None

    def simulator_arguments(self, spot: str) -> list[str]:
        """Return what starts that simulator as `python -m pspsim` would; nothing without one."""
        own, folder = self.simulator(spot), self.sandbox(spot)
        if own is None:
            return []
        return [
            "serve", "--world", str(folder / _WORLD), "--seed", str(own.seed),
            "--port", str(own.port), "--control-port", str(own.control_port),
            "--state", str(folder / "psp-state"),
        ]  # fmt: skip

    def running(self) -> RunningDemo | None:
        """Return the demo that runs from here; None once its process is gone."""
        try:
            demo = RunningDemo(**json.loads((self.folder / "running.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None
        try:
            os.kill(demo.pid, 0)
        except PermissionError:
            return demo  # it runs, under another account
        except ProcessLookupError:
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
