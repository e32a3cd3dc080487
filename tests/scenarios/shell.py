"""Commands as somebody types them at a shell: what they print, and with which exit status."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.scenarios.forked import KEK, SECONDS_MAX, Case, shared


def ledgerline(
    url: str | None, *arguments: str, flags: tuple[str, ...] = (), **more: str
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own: by a fork, or by Python where it has ``flags``."""
    environment = {"LEDGERLINE_KEK": KEK, "PATH": "/usr/bin:/bin", "COLUMNS": "200", **more}
    if url is not None:
        environment["LEDGERLINE_DATABASE_URL"] = url
    if not flags:
        return _fork(arguments, environment)
    run = ("-c", "from ledgerline.main import run; run()", *arguments)
    return subprocess.run(
        [sys.executable, *flags, *run], env=environment, capture_output=True, text=True,
        timeout=SECONDS_MAX, check=False,
    )  # fmt: skip


def without_key(url: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command where no key is named and none is kept."""
    return _fork(arguments, {"LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_DATA_DIR": str(folder)})


def _fork(
    arguments: Sequence[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    [done] = shared().run_all([Case(arguments, environment)])
    return subprocess.CompletedProcess(arguments, done.status, done.out, done.err)


def read_json(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
