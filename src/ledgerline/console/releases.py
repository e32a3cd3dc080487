"""Data sets: how fresh the current release is, what is in it, and what its audits found."""

import tomllib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask
from ledgerline.report.cells import title_of
from ledgerline.web.wire import Response

RELEASES: Final = 10
FRESH_FOR: Final = timedelta(hours=26)
"""A release that is older was missed by the run of a day."""
_SQL: Final = statements(__name__)


class ReleaseView(NamedTuple):
    """A release, and until when the business is in it."""

    no: int
    business_day: date
    engine: str
    reason: str
    actor: str
    made_at: datetime
    read_at: datetime


class AuditView(NamedTuple):
    """What one check of a release found."""

    name: str
    sentence: str
    broken: int


class TableName(NamedTuple):
    """A table of a release."""

    name: str


class RunView(NamedTuple):
    """What a run came to."""

    began_at: datetime
    ended_at: datetime
    outcome: str
    said: str
    release_no: int | None
    next_at: datetime | None


class Described(NamedTuple):
    """A data set: what it is for and of what one row is."""

    name: str
    title: str
    purpose: str
    grain: str
    audits: int
    broken: int


async def show(ask: Ask) -> Response:
    """Show the current release, its data sets, and the last runs."""
    async with ask.run.reading() as read:
        releases = await read.rows(_SQL["releases"], ReleaseView, limit=RELEASES)
        runs = await read.rows(_SQL["runs"], RunView, limit=RELEASES)
        no = releases[0].no if releases else 0
        audits = await read.rows(_SQL["audits"], AuditView, no=no)
        tables = await read.rows(_SQL["tables"], TableName, no=no)
    current = releases[0] if releases else None
    age = None if current is None else ask.run.wall() - current.made_at
    return ask.page(
        "releases.html",
        {
            "current": current, "releases": releases, "runs": runs, "audits": audits,
            "sets": [one for one in (_described(each.name, audits) for each in tables) if one],
            "broken": [one for one in audits if one.broken],
            "hours": None if age is None else age // timedelta(hours=1),
            "is_fresh": age is not None and age <= FRESH_FOR, "section": "/console/data-sets",
        },
    )  # fmt: skip


def _described(name: str, audits: Sequence[AuditView]) -> Described | None:
    """Say what a table is for; None for one that is only a step to others."""
    contract = _contract(name)
    if contract is None:
        return None
    own = [one for one in audits if one.name.startswith(f"{name}_")]
    return Described(
        name=name, title=title_of(name), purpose=contract["purpose"], grain=contract["grain"],
        audits=len(own), broken=sum(bool(one.broken) for one in own),
    )  # fmt: skip


@cache
def _contract(name: str) -> dict[str, Any] | None:
    found = files("ledgerline.datasets").joinpath(name, "contract.toml")
    return tomllib.loads(found.read_text("utf-8")) if found.is_file() else None
