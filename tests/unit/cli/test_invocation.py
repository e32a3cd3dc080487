"""Hints name a command that runs when it is pasted."""

from pathlib import Path

import pytest

from ledgerline.cli.invocation import invocation, runnable


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """Make a virtual environment with our command in it."""
    folder = tmp_path / "shop" / ".venv" / "bin"
    folder.mkdir(parents=True)
    for name in ("python", "ledgerline"):
        (folder / name).touch(mode=0o755)
    return folder


def test_a_command_that_the_shell_finds_is_named_alone(venv: Path) -> None:
    assert named(venv, path=str(venv)) == "ledgerline"


def test_another_program_of_that_name_is_not_taken_for_ours(venv: Path, tmp_path: Path) -> None:
    other = tmp_path / "bin"
    other.mkdir()
    (other / "ledgerline").touch(mode=0o755)
    assert named(venv, path=str(other)) == ".venv/bin/ledgerline"


def test_below_where_we_are_it_is_named_from_here(venv: Path) -> None:
    assert named(venv, path="/nowhere") == ".venv/bin/ledgerline"


def test_elsewhere_it_is_named_in_full(venv: Path, tmp_path: Path) -> None:
    assert named(venv, path="/nowhere", folder=tmp_path / "elsewhere") == str(venv / "ledgerline")


def test_started_by_python_the_command_beside_it_is_named(venv: Path) -> None:
    folder = venv.parents[1]
    assert (
        invocation(started="-c", interpreter=str(venv / "python"), path="", folder=folder)
        == ".venv/bin/ledgerline"
    )


def test_where_nothing_is_installed_the_bare_name_stays(tmp_path: Path) -> None:
    assert (
        invocation(started="-c", interpreter=str(tmp_path / "python"), path="", folder=tmp_path)
        == "ledgerline"
    )


def test_only_commands_are_rewritten() -> None:
    prose = "ledgerline: Ledgerline is running; ledgerline_demo, /opt/ledgerline x, my-ledgerline y"
    assert runnable(prose) == prose


def named(venv: Path, *, path: str, folder: Path | None = None) -> str:
    """Name the command as it was started from the virtual environment."""
    started = str(venv / "ledgerline")
    return invocation(
        started=started, interpreter=str(venv / "python"), path=path,
        folder=folder or venv.parents[1],
    )  # fmt: skip
