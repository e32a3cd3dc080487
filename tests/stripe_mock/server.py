"""Where stripe-mock is, how it comes there, and how it is started.

``python -m tests.stripe_mock.server`` installs it where Go is, and says so where it cannot.
"""

import asyncio
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

VERSION: Final = "v0.203.0"
SPEC: Final = "2026-08-26.dahlia"  # the API version of the description that this version holds
FOLDER: Final = Path(__file__).parents[2] / "build" / f"stripe-mock-{VERSION}"
BINARY: Final = FOLDER / "stripe-mock"
MISSING: Final = "stripe-mock did not run: `make stripe-mock` installs it where Go is"
_INSTALL_SECONDS_MAX: Final = 180
_START_SECONDS_MAX: Final = 300
_LISTENS: Final = re.compile(rb"Listening for HTTP at address: .*:([0-9]+)\s")


def install() -> str:
    """Install it unless it is there; return what became of it, for people."""
    if BINARY.is_file():
        return ""
    go = shutil.which("go") or shutil.which("go", path="/usr/local/go/bin")
    if go is None:
        return "stripe-mock is not installed: no Go here"
    source = f"github.com/stripe/stripe-mock@{VERSION}"
    command = ["env", "GOTOOLCHAIN=local", f"GOBIN={FOLDER}", go, "install", source]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=_INSTALL_SECONDS_MAX
        )
    except subprocess.TimeoutExpired:
        return f"stripe-mock is not installed: not done after {_INSTALL_SECONDS_MAX} seconds"
    if done.returncode != 0:
        return f"stripe-mock is not installed: {done.stderr.strip()[-500:]}"
    return f"installed {BINARY}"


@asynccontextmanager
async def stripe_mock() -> AsyncGenerator[str]:
    """Run it on a free port of this machine until the end of the block; yield its address."""
    process = await asyncio.create_subprocess_exec(
        BINARY,
        *("-http-addr", "127.0.0.1:0"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(_START_SECONDS_MAX):
            while (found := _LISTENS.search(await process.stdout.readline())) is None:
                assert process.returncode is None, "stripe-mock ended at once"
        yield f"http://127.0.0.1:{int(found[1])}"
    finally:
        process.terminate()
        await process.wait()


if __name__ == "__main__":
    sys.stderr.write(told + "\n" if (told := install()) else "")
