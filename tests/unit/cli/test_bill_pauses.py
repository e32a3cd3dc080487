"""Whoever pauses billing says why, before anything is asked of a database."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize("reason", ["", "  "])
def test_a_pause_without_a_reason_is_refused_in_one_sentence(tmp_path: Path, reason: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from ledgerline.main import run; run()",
         "bill", "pause", reason, "--yes"],
        env={
            "LEDGERLINE_DATA_DIR": str(tmp_path), "PATH": "/usr/bin:/bin",
            "LEDGERLINE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        },
        capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert done.stderr.startswith("ledgerline: say why billing is paused\n")
