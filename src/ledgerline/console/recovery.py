"""Recovery: what became of refused renewals, what is still open, and when it is tried again."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PaymentId
from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.headlines import Row, headline
from ledgerline.flows.read_models import Told, read_models
from ledgerline.payments.rules.comparing import LOSS_MAX
from ledgerline.payments.scores import Kind
from ledgerline.web.wire import Response

SECTION: Final = "/console/recovery"
DAYS: Final = 14
"""How many days of next tries are drawn, today's among them (UTC)."""
LISTED: Final = 10
_HOURS: Final = 24
_SHADES: Final = 10
_SOLE: Final = 3
"""Tries with a line of their own; later ones share one."""
_SQL: Final = statements(__name__)


class OpenClaim(NamedTuple):
    """What is still collected in a currency after refusals of a category; empty: none was said.

    Of ``payments`` a machine has ``planned`` to try so many again; the others wait for their payer.
    """

    currency: str
    category: str
    payments: int
    open_minor: int
    planned: int


class Hour(NamedTuple):
    """How many payments are tried again in an hour (UTC)."""

    hour: datetime
    payments: int


class NextPayment(NamedTuple):
    """A payment that a machine tries again."""

    id: PaymentId
    currency: str
    open_minor: int
    tries: int
    tried_at: datetime


class Cell(NamedTuple):
    """An hour of the heat map: where it is, how many are tried in it, and how dark it is."""

    x: int
    y: int
    payments: int
    shade: int


class Heat(NamedTuple):
    """The next tries by day and hour (UTC): cells of each day; how many in all, and at most."""

    days: Sequence[tuple[date, Sequence[Cell]]]
    payments: int
    most: int


class Step(NamedTuple):
    """How many renewals went one way; ``kind`` names it, ``no`` counts further tries."""

    kind: str
    no: int
    renewals: int


class Money(NamedTuple):
    """What became of what was refused in a currency."""

    currency: str
    renewals: int
    refused_minor: int
    recovered_minor: int
    given_up_minor: int
    canceled_minor: int
    open_minor: int


class Arm(NamedTuple):
    """First tries again that a model decided, or that it was kept from."""

    is_model: bool
    tries: int
    good: int


class Learned(NamedTuple):
    """A model of retry timing beside who is held out; how much less is paid, and may be (ppm)."""

    told: Told
    arms: Sequence[Arm]
    loss: Sequence[int]
    most: int


async def show(ask: Ask) -> Response:
    """Show it all; who may not see customers is shown sums alone."""
    now = ask.run.now()
    async with ask.run.reading() as read:
        told = await headline(read)
        claims = await read.rows(_SQL["open_claims"], OpenClaim)
        heat = await _heat(read, now)
        coming = await _coming(read, now) if ask.may("/console/payments/{id}") else []
    models = await read_models(ask.run)
    rows = None if told is None else told.rows.get("funnel")
    return ask.page(
        "recovery.html",
        {
            "told": told, "steps": None if rows is None else steps(rows),
            "moneys": [] if rows is None else moneys(rows),
            "claims": claims, "heat": heat, "coming": coming,
            "learned": [learned(one) for one in models.compared if one.kind is Kind.RETRY],
            "switches": [one for one in models.switches if one.kind == Kind.RETRY],
            "path_of": path_of, "section": SECTION,
        },
    )  # fmt: skip


async def _coming(read: ReadTx, now: datetime) -> list[NextPayment]:
    return await read.rows(_SQL["next_payments"], NextPayment, now=now, limit=LISTED)


async def _heat(read: ReadTx, now: datetime) -> Heat:
    first = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    until = first + timedelta(days=DAYS)
    return heat(first.date(), await read.rows(_SQL["next_hours"], Hour, now=now, until=until))


def heat(first: date, hours: Sequence[Hour]) -> Heat:
    """Lay hours out by day from ``first`` on; the hour with most payments is the darkest."""
    found = {one.hour.astimezone(UTC): one.payments for one in hours}
    most = max(found.values(), default=0)
    midnight = datetime(first.year, first.month, first.day, tzinfo=UTC)
    days = []
    for y in range(DAYS):
        row = [found.get(midnight + timedelta(days=y, hours=x), 0) for x in range(_HOURS)]
        cells = [Cell(x, y, count, shade(count, most)) for x, count in enumerate(row)]
        days.append((first + timedelta(days=y), cells))
    return Heat(days, sum(found.values()), most)


def shade(payments: int, most: int) -> int:
    """Return which of ten shades a number has: the first for none, the last for the most."""
    return 0 if payments == 0 else 1 + (_SHADES - 2) * payments // most


def steps(rows: Iterable[Row]) -> list[Step]:
    """Order the ways that refused renewals went: by which try they were paid, or how they ended."""
    ways = Counter[tuple[str, int]]()
    for row in rows:
        again = min(row["again"], _SOLE + 1) if row["outcome"] == "recovered_retry" else 0
        ways[row["outcome"], again] += row["renewals"]
    order = [
        *(("recovered_retry", no) for no in range(1, _SOLE + 2)),
        *((kind, 0) for kind in ("recovered_payer", "open", "ended_unpaid", "cancelled")),
    ]
    return [
        Step("refused", 0, ways.total()),
        *(Step(kind, no, ways[kind, no]) for kind, no in order),
    ]


def moneys(rows: Iterable[Row]) -> list[Money]:
    """Sum up by currency what became of what was refused, most renewals first."""
    renewals, minor = Counter[str](), Counter[tuple[str, str]]()
    for row in rows:
        renewals[row["currency"]] += row["renewals"]
        minor[row["currency"], row["outcome"]] += row["amount_minor"]
    return [
        Money(
            currency=code, renewals=count,
            refused_minor=sum(part for (of, _), part in minor.items() if of == code),
            recovered_minor=minor[code, "recovered_retry"] + minor[code, "recovered_payer"],
            given_up_minor=minor[code, "ended_unpaid"],
            canceled_minor=minor[code, "cancelled"],
            open_minor=minor[code, "open"],
        )
        for code, count in sorted(renewals.items(), key=lambda one: (-one[1], one[0]))
    ]  # fmt: skip


def learned(told: Told) -> Learned:
    """Lay both arms of a comparison side by side."""
    both = told.both
    arms = [
        Arm(one.acts, one.tries, one.good) for one in (both.acted, both.held_out) if one is not None
    ]
    return Learned(told, arms, [] if both.loss is None else both.loss, LOSS_MAX[told.kind])
