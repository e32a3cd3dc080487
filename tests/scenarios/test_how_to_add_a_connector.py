"""docs/how-to/add-a-connector.md: its code is the tested connector's, its commands run."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from ledgerline.composition import CONNECTORS
from tests.flow_world import World

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs" / "how-to" / "add-a-connector.md").read_text("utf-8")
LANTERN: Final = (ROOT / "tests" / "contracts" / "connectors" / "lantern.py").read_text("utf-8")
SECONDS_MAX: Final = 600


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)


def test_code_is_that_of_the_connector_in_the_contract_tests() -> None:
    assert len(blocks("python")) == 5
    assert [block for block in blocks("python") if block not in LANTERN] == []


def test_files_and_names_exist() -> None:
    for path in ("src/ledgerline/payments/adapters", "src/ledgerline/composition.py",
                 "tests/contracts/connectors/lantern.py", "tests/contracts/test_connectors.py",
                 "docs/decisions/0016-connectors-are-conversations.md"):  # fmt: skip
        assert (ROOT / path).exists(), path
        assert path.rsplit("/", 1)[-1] in PAGE, path
    assert "sandbox" in CONNECTORS


@pytest.mark.usefixtures("world")
async def test_commands_register_an_account(
    world: World, database_url: str, tmp_path: Path
) -> None:
    [script] = blocks("sh")
    done = shell(script, database_url, tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr.startswith("nord_eu is registered")
    assert "https://psp.example/nord" in done.stdout
    assert await world.rows(
        "SELECT psp, settings, status, call_deadline_ms FROM psp_account WHERE code = 'nord_eu'"
    ) == [("sandbox", {"base_url": "https://psp.example/nord"}, "active", 10_000)]


@pytest.mark.parametrize(
    ("given", "instead", "named"),
    [
        ("base_url=https", "base_url=gopher", "psp_account_refused: base_url "),
        ("--psp sandbox", "--psp lantern", "no connector speaks to 'lantern'"),
        ("--setting base_url=", "--setting ", "is no NAME=VALUE"),
    ],
)
async def test_what_is_wrong_with_an_account_is_named_and_nothing_is_registered(
    world: World, database_url: str, tmp_path: Path, given: str, instead: str, named: str
) -> None:
    before = await world.rows("SELECT code, settings FROM psp_account ORDER BY code")
    [script] = blocks("sh")
    assert given in script
    done = shell(script.replace(given, instead), database_url, tmp_path)
    assert done.returncode == 1
    assert named in done.stderr
    assert await world.rows("SELECT code, settings FROM psp_account ORDER BY code") == before


def shell(script: str, url: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin",
        "LEDGERLINE_KEK": bytes(32).hex(),
        "LEDGERLINE_DATABASE_URL": url,
        "COLUMNS": "200",
    }
    return subprocess.run(
        ["sh", "-e", "-c", script], cwd=folder, env=environment, capture_output=True, text=True,
        timeout=SECONDS_MAX, check=False,
    )  # fmt: skip
