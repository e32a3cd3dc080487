"""The fork server as seen by the harness, and the simulator: both end with the run."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import IO, Any, Final, Self

REPOSITORY: Final = Path(__file__).parents[2]
_READY_SECONDS_MAX: Final = 120  # a journal is read again, maybe on a busy machine


def _begin(*arguments: str, log: Path, source: Path | None = None) -> subprocess.Popen[bytes]:
    """Start a Python module in a process group of its own; it ends when its input closes.

    With a ``source`` the product is imported from there.
    """
    imported = [] if source is None else ["env", f"PYTHONPATH={source}"]
    with log.open("ab") as errors:
        return subprocess.Popen(
            [*imported, sys.executable, "-m", *arguments],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            process_group=0,
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the whole group, stopped processes too."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        process.poll()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    assert stream is not None
    return stream


class ForkServer:
    """Orders to the one process that forks all others."""

    def __init__(self, place: Path, *, source: Path | None = None) -> None:
        """Start it and wait until it has imported everything, from ``source`` if that is given."""
        self._process = _begin(
            "tests.chaos.forking", str(place), log=place.with_name("fork.log"), source=source
        )
        ready = self._heard()
        self.api_port: Final = int(ready["api_port"])

    def spawn(self, role: str, slot: int, seed: str) -> int:
        """Fork one process and return its id."""
        return int(self._told(do="spawn", role=role, slot=slot, seed=seed)["pid"])

    def signal(self, pid: int, number: signal.Signals) -> bool:
        """Signal a process; False when it has ended already."""
        return bool(self._told(do="signal", pid=pid, number=int(number))["reached"])

    def ended(self) -> list[dict[str, Any]]:
        """Ask which processes ended by themselves."""
        return list(self._told(do="ended")["ended"])

    def close(self) -> None:
        """End it and everything it forked."""
        _end(self._process)

    def _told(self, **order: object) -> dict[str, Any]:
        stdin = _pipe(self._process.stdin)
        stdin.write(json.dumps(order).encode() + b"\n")
        stdin.flush()
        return self._heard()

    def _heard(self) -> dict[str, Any]:
        line = _pipe(self._process.stdout).readline()
        assert line, "the fork server ended: see fork.log"
        answer: dict[str, Any] = json.loads(line)
        return answer


class Simulator:
    """The provider simulator in a storm; its journal survives every kill."""

    def __init__(self, folder: Path, *, seed: int, world: Path) -> None:
        """Start it on ports of its choice, which it keeps from then on."""
        self._folder, self._seed, self._world = folder, seed, world
        self._ports = (0, 0)
        self._process = self._start()

    @property
    def url(self) -> str:
        """The public address."""
        return f"http://127.0.0.1:{self._ports[0]}"

    def control(self, path: str, body: dict[str, object] | None = None) -> bytes:
        """Ask the control port; a refusal is a defect of the harness."""
        address = f"http://127.0.0.1:{self._ports[1]}/_sim/{path}"
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        asked = urllib.request.Request(address, data=sent, headers=headers)
        try:
            with urllib.request.urlopen(asked, timeout=90) as reply:  # noqa: S310 - http, ours
                answer: bytes = reply.read()
                return answer
        except urllib.error.HTTPError as refused:
            with refused:
                raise AssertionError((path, body, refused.read())) from refused

    def truth(self) -> list[dict[str, Any]]:
        """Read every execution of its book."""
        return [json.loads(line) for line in self.control("truth").splitlines()]

    def restart(self) -> None:
        """Kill it in the middle of whatever it does, and start it again on its journal."""
        _end(self._process)
        self._process = self._start()

    def close(self) -> None:
        """End it."""
        _end(self._process)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_failure: object) -> None:
        self.close()

    def _start(self) -> subprocess.Popen[bytes]:
        process = _begin(
            "pspsim", "serve", "--world", str(self._world), "--seed", str(self._seed),
            "--port", str(self._ports[0]), "--control-port", str(self._ports[1]),
            "--state", str(self._folder / "psp"), "--exit-with-parent",
            log=self._folder / "pspsim.log",
        )  # fmt: skip
        started = time.monotonic()
        line = _pipe(process.stdout).readline()
        assert line, "the simulator did not start: see pspsim.log"
        assert time.monotonic() - started < _READY_SECONDS_MAX
        ready = json.loads(line)
        self._ports = (ready["port"], ready["control_port"])
        return process
