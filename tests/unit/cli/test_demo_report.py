"""What the demo prints of payments is what the README shows of it."""

import re
from datetime import date
from pathlib import Path

import pytest

from ledgerline.cli.demo_payments import (
    AvoidedRow,
    ExceptionRow,
    FilesRow,
    PaymentStory,
    RouteRow,
)
from ledgerline.cli.demo_report import LOOK_FURTHER, print_story

README = (Path(__file__).parents[3] / "README.md").read_text("utf-8")


def shown() -> list[list[str]]:
    """Return the tables of the README: title, head and rows, line by line."""
    [block] = re.findall(r"Of what it prints:\n\n```\n(.*?)\n```", README, re.DOTALL)
    return [table.splitlines() for table in block.split("\n\n")]


def numbers(cells: list[str]) -> list[int]:
    return [int(cell.replace(",", "")) for cell in cells]


def test_tables_look_as_in_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    (_, _, *avoided), (_, _, *files), (_, _, *exceptions) = shown()
    story = PaymentStory(
        routes=[RouteRow("everything_else", "aster", 3)],
        avoided=[
            AvoidedRow(date.fromisoformat(day), alone, to, *numbers([charges]))
            for day, alone, to, charges in map(str.split, avoided)
        ],
        settlement=[
            FilesRow(
                account=account,
                connector=connector,
                files=int(count),
                lines=numbers([lines])[0],
                explained_percent=percent,
            )
            for account, connector, count, lines, percent in map(str.split, files)
        ],
        exceptions=[
            ExceptionRow(reason, *numbers(counts)) for reason, *counts in map(str.split, exceptions)
        ],
    )
    print_story(story)
    printed = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    for table in shown():
        first = printed.index(table[0])
        assert printed[first : first + len(table)] == table
    assert all(any(command in line for line in printed) for command in LOOK_FURTHER)
