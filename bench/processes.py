"""The platform's own commands as child processes of a benchmark."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from bench.stage import Stage
from ledgerline.base.crypto import KEY_BYTES

START_SECONDS_MAX = 300  # a busy machine is no fault
STOP_SECONDS_MAX = 150
_SERVES = "serves at "


@asynccontextmanager
async def command(
    stage: Stage, log: Path, *arguments: str
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """Run ``ledgerline …`` on the stage's database until the block ends; it logs to ``log``."""
    program = Path(sys.executable).with_name("ledgerline")
    settings = {
        "LEDGERLINE_DATABASE_URL": stage.url,
        "LEDGERLINE_KEK": bytes(KEY_BYTES).hex(),
        "LEDGERLINE_LOG_LEVEL": "warning",
    }
    child = await asyncio.to_thread(_start, [str(program), *arguments], settings, log)
    try:
        yield child
    finally:
        await asyncio.to_thread(_stop, child)


def _start(line: list[str], settings: dict[str, str], log: Path) -> subprocess.Popen[bytes]:
    with log.open("wb") as out:
        return subprocess.Popen(
            line, env=settings, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT
        )


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(STOP_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


@asynccontextmanager
async def serving(stage: Stage, folder: Path, *, processes: int) -> AsyncIterator[list[str]]:
    """Serve the API in some processes and yield the address of each."""
    async with AsyncExitStack() as stack:
        logs = [folder / f"serve-{number}.log" for number in range(processes)]
        children = [
            await stack.enter_async_context(command(stage, log, "serve", "--port", "0"))
            for log in logs
        ]
        yield [await _address(*pair) for pair in zip(children, logs, strict=True)]


async def _address(child: subprocess.Popen[bytes], log: Path) -> str:
    """Wait until a server says where it is."""
    async with asyncio.timeout(START_SECONDS_MAX):
        while True:
            said = await asyncio.to_thread(log.read_text, "utf-8")
            if _SERVES in said:
                return said.partition(_SERVES)[2].split()[0]
            assert child.poll() is None, said
            await asyncio.sleep(0.05)
