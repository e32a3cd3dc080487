"""The API that tools speak to: a server of its own, started as its operator would."""

import asyncio
import os
import re
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import pytest
import pytest_asyncio

from tests.scenarios.api_client import Api
from tests.scenarios.conftest import api, world

__all__ = ["api", "served", "world"]

KEK: Final = bytes(32).hex()
READY_SECONDS_MAX: Final = 300
_ADDRESS: Final = re.compile(rb"serves at (http://\S+)")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(
    api: Api, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Api]:
    """Run ``ledgerline serve`` on the same database; what it logs shows when a test fails."""
    log = tmp_path_factory.mktemp("served") / "log"
    environment = {
        "LEDGERLINE_DATABASE_URL": database_url, "LEDGERLINE_KEK": KEK, "PATH": os.defpath,
        "LEDGERLINE_LOG_LEVEL": "warning",
    }  # fmt: skip
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", "from ledgerline.main import run; run()", "serve", "--port", "0",
            env=environment, stdout=errors, stderr=errors,
        )  # fmt: skip
        try:
            yield replace(api, url=await _address(process, log))
        finally:
            if process.returncode is None:
                process.send_signal(signal.SIGTERM)
            ended = await process.wait()
            sys.stdout.write(log.read_text(encoding="utf-8"))
    assert ended == 0


async def _address(process: asyncio.subprocess.Process, log: Path) -> str:
    async with asyncio.timeout(READY_SECONDS_MAX):
        while (found := _ADDRESS.search(_told(log))) is None:
            assert process.returncode is None, _told(log)
            await asyncio.sleep(0.05)
    return found[1].decode()


def _told(log: Path) -> bytes:
    return log.read_bytes()
