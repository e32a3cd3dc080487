"""docs/tutorial/first-purchase.md: a reader's shell runs its commands, and sees what it shows."""

import asyncio
import os
import re
import shutil
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import pytest
from pypdf import PdfReader

from ledgerline.base.run import Run
from ledgerline.cli.place import Place, RunningDemo
from ledgerline.flows.number_documents import number_documents
from tests.flow_world import World, open_world
from tests.scenarios.api_client import Api, open_api

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "tutorial" / "first-purchase.md").read_text("utf-8")
AFTER_THE_DEMO: Final = datetime(2026, 12, 31, tzinfo=UTC)  # where the clock of a demo stands
SECONDS_MAX: Final = 600
STEPS_MIN: Final = 15
ELIDED: Final = "…"
MARK: Final = "=== step"
_BLOCK: Final = re.compile(r"^```(\w+)\n(.*?)\n```$", re.DOTALL | re.MULTILINE)


class Step(NamedTuple):
    """Commands of the page, and the output that is shown right after them."""

    commands: str
    shown: str


def steps() -> list[Step]:
    """Read the commands in their order."""
    blocks = [*_BLOCK.findall(PAGE), ("sh", "")]
    return [
        Step(body, after if kind == "text" else "")
        for (language, body), (kind, after) in pairwise(blocks)
        if language == "sh"
    ]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the page speaks to the API with curl")
async def test_every_command_runs_and_gives_what_the_page_shows(
    fresh_database_url: str, tmp_path: Path
) -> None:
    # given the API where a demo's clock stands, and a worker that numbers documents
    async with (
        open_world(fresh_database_url, tmp_path, at=AFTER_THE_DEMO) as world,
        open_api(Run(world.run.database, world.run.keyring), world.psps) as api,
        _numbering(world),
    ):
        # when a reader types what the page says
        folder = _home(tmp_path, world, api)
        outputs = await _typed(_script(api), folder)
    # then every step gives what is shown there
    assert len(outputs) == len(steps()) >= STEPS_MIN
    for step, output in zip(steps(), outputs, strict=True):
        _compare(step.shown, output)
    # and what was printed is the receipt
    text = PdfReader(BytesIO((folder / "receipt.pdf").read_bytes())).pages[0].extract_text()
    for told in ("Nordic Tunes AB", "Zahlungsbeleg", "NTR-2026-", "12,99\N{NO-BREAK SPACE}€"):
        assert told in text


def test_nothing_is_shown_that_no_command_gave() -> None:
    shown = [body for language, body in _BLOCK.findall(PAGE) if language != "sh"]
    assert (
        shown[0] == "make demo"
    )  # what the reader's server is started with: tests/…/test_cli_demo
    assert shown[1:] == [step.shown for step in steps() if step.shown]


@pytest.mark.parametrize(
    ("shown", "given", "equal"),
    [
        ("id: cus_…", "id: cus_01m8\n", True),
        ("id: cus_…", "id: inv_01m8\n", False),
        ("total: 1299", "total: 1299\ntax: 207\n", False),
        ("now 1\n…", "now 1\nsteps 1\nended 0\n", True),
        ("", "\n", True),
        ("", "curl: (7) Failed to connect\n", False),
    ],
)
def test_only_what_is_elided_may_differ(shown: str, given: str, *, equal: bool) -> None:
    if equal:
        _compare(shown, given)
        return
    with pytest.raises(AssertionError):
        _compare(shown, given)


def _home(folder: Path, world: World, api: Api) -> Path:
    """Make the reader's folder: the command line, and the note of a demo that runs."""
    home = folder / "home"
    (home / ".venv" / "bin").mkdir(parents=True)
    (home / ".venv" / "bin" / "ledgerline").symlink_to(Path(sys.executable).parent / "ledgerline")
    place = Place(home / ".demo")
    place.folder.mkdir()
    place.key_file.write_text(bytes(32).hex())
    control = f"http://127.0.0.1:{world.simulator.control_port}"
    place.note_running(RunningDemo(os.getpid(), world.url, control, api.url))
    return home


@asynccontextmanager
async def _numbering(world: World) -> AsyncIterator[None]:
    """Give documents their numbers, as a worker does, until the block ends."""
    ended = asyncio.Event()

    async def number() -> None:
        while not ended.is_set():
            await number_documents(await Run(world.run.database, world.run.keyring).at_clock())
            await asyncio.sleep(0.05)

    numbering = asyncio.create_task(number())
    try:
        yield
    finally:
        ended.set()
        await numbering


def _script(api: Api) -> str:
    """Put the commands together, with this API's address and key in place of the page's."""
    script = "\n".join(f"echo '{MARK}'\n{step.commands}" for step in steps())
    for name, value in (("LEDGERLINE_URL", api.url), ("LEDGERLINE_KEY", api.bearer)):
        script, found = re.subn(
            rf"^export {name}=.+$", f"export {name}={value}", script, flags=re.MULTILINE
        )
        assert found == 1, name
    return script


async def _typed(script: str, folder: Path) -> list[str]:
    """Run a script with bash, which stops at what fails, and give the output of each step."""
    curl = Path(shutil.which("curl") or "curl")
    shell = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script, cwd=folder, stdout=PIPE, stderr=STDOUT,
        env={"PATH": f"{Path(sys.executable).parent}:{curl.parent}:/usr/bin:/bin",
             "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    output, _ = await asyncio.wait_for(shell.communicate(), SECONDS_MAX)
    assert shell.returncode == 0, output.decode()
    return output.decode().split(f"{MARK}\n")[1:]


def _compare(shown: str, output: str) -> None:
    """Hold every line of an output to what is shown; what is elided may be anything.

    A line that is nothing but an ellipsis stands for any number of lines.
    """
    wanted = [
        r"[\s\S]*" if line == ELIDED else ".*".join(map(re.escape, line.split(ELIDED)))
        for line in shown.splitlines()
    ]
    given = "\n".join(line.rstrip() for line in output.strip().splitlines())
    assert re.fullmatch("\n".join(wanted), given), f"shown:\n{shown}\ngiven:\n{given}"
