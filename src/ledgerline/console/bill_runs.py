"""Bill runs: what is due, what runs did and set aside, and letting them stop and go on."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, Bucket, encode, uuid7
from ledgerline.base.saying import noted
from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import TOP
from ledgerline.flows.preview_bill_run import PAGE, Forecast, preview_bill_run
from ledgerline.invoicing import views
from ledgerline.invoicing.rows.pausing import (
    BillRunsAsked,
    BillRunView,
    ParkedReasonView,
    PauseView,
)
from ledgerline.web.forms import PageMissing
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Response

SECTION: Final = "/console/bill-runs"
RUNS: Final = 50
PAUSES: Final = 5
DUE_MAX: Final = 10_000
"""How many that are due are counted one by one."""
PREVIEW_PAGES: Final = 1
"""A page decides no more than so many times ``PAGE``; the command line decides all."""
BILLED_MAX: Final = 10_000
DAYS_MAX: Final = 366
_RUN_LASTS: Final = timedelta(days=1)  # a worker begins another run each day
_SQL: Final = statements(__name__)


class DueView(NamedTuple):
    """How many subscriptions are due, as far as they are counted."""

    subscriptions: int


class BilledView(NamedTuple):
    """What a run invoiced in a market."""

    market: str
    currency: str
    invoices: int
    total_minor: int


class Now(NamedTuple):
    """Where billing stands: the pause that holds, what is due, and the newest run."""

    pause: PauseView | None
    due: int
    newest: BillRunView | None

    @property
    def state(self) -> str:
        """Name what changes the page as a whole."""
        return "" if self.pause is None else str(self.pause.id)

    @property
    def share(self) -> float:
        """Return how much of what is due the newest run has done, in per cent."""
        whole = done_by(self.newest) + self.due
        return round(100 * done_by(self.newest) / whole, 1) if whole else 100.0

    @property
    def said(self) -> str:
        """Say in a sentence where billing stands."""
        if self.pause is not None:
            return noted("Nothing is billed until somebody resumes it.")
        if self.due:
            return noted("Workers bill what is due.")
        return noted("All that is due is billed.")


def done_by(run: BillRunView | None) -> int:
    """Return how many subscriptions a run had."""
    return 0 if run is None else run.invoiced + run.ended + run.parked


async def list_(ask: Ask) -> Response:
    """Show where billing stands and what runs did; a page that looks on asks for it as JSON."""
    before = id_in("bill_run", ask.asked.get("after", "")) or TOP
    async with ask.run.reading() as read:
        runs = await views.bill_runs(read, BillRunsAsked(before, RUNS + 1))
        pauses = await views.billing_pauses(read, limit=PAUSES)
        newest = runs[:1] or await views.bill_runs(read, BillRunsAsked(TOP, 1))
        now = Now(
            pause=held(pauses),
            due=await _due(read, ask.run.now()),
            newest=newest[0] if newest else None,
        )
        if "application/json" in (ask.request.listed("accept") or ""):
            return _live(ask, now)
        parked = await views.parked_reasons(read)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    following = encode(PREFIXES["bill_run"], runs[RUNS - 1].id) if len(runs) > RUNS else ""
    return ask.page(
        "bill_runs.html",
        {
            "state": now, "runs": [(one, path_of("bill_run", one.id)) for one in runs[:RUNS]],
            "pauses": pauses, "parked": parked, "colleagues": colleagues, "done_by": done_by,
            "following": following, "due_max": DUE_MAX, "figures": _figures(ask, now),
            "section": SECTION,
        },
    )  # fmt: skip


def held(pauses: Sequence[PauseView]) -> PauseView | None:
    """Return the pause that holds, of those that are read newest first."""
    return next((one for one in pauses if one.resumed_at is None), None)


async def _due(read: ReadTx, now: datetime) -> int:
    found = await read.row(_SQL["due"], DueView, now=now, limit=DUE_MAX + 1)
    assert found is not None, "a count is always there"
    return found.subscriptions


def _figures(ask: Ask, now: Now) -> dict[str, str]:
    """Write what moves while one looks."""
    run = now.newest
    return {
        "due": ask.writer.more_than(now.due, DUE_MAX),
        "invoiced": ask.writer.number(run.invoiced if run else 0),
        "ended": ask.writer.number(run.ended if run else 0),
        "parked": ask.writer.number(run.parked if run else 0),
        "said": ask.say(now.said),
    }


def _live(ask: Ask, now: Now) -> Response:
    body = {
        "state": now.state, "values": _figures(ask, now), "share": now.share,
        "done": done_by(now.newest),
    }  # fmt: skip
    return Response(200, json.dumps(body).encode(), "application/json", headers_of("none"))


async def show(ask: Ask) -> Response:
    """Show one run: what it did, how fast, and the money by market."""
    id = ask.id("bill_run")
    async with ask.run.reading() as read:
        run = await views.bill_run(read, id=id)
        if run is None:
            raise PageMissing
        billed = await read.rows(
            _SQL["billed"], BilledView, id=id, first=_floor(run.as_of),
            last=_floor(run.as_of + _RUN_LASTS), limit=BILLED_MAX,
        )  # fmt: skip
    seconds = (run.counted_at - run.began_at).total_seconds() if run.counted_at else 0.0
    return ask.page(
        "bill_run.html",
        {
            "run": run, "billed": billed, "had": done_by(run), "seconds": round(seconds),
            "rate": round(done_by(run) / seconds) if seconds >= 1 else None,
            "in_part": sum(one.invoices for one in billed) < run.invoiced, "section": SECTION,
        },
    )  # fmt: skip


def _floor(instant: datetime) -> UUID:
    """Return the smallest id of an instant."""
    return uuid7(int(instant.timestamp() * 1000), Bucket(0), 0)


async def preview(ask: Ask) -> Response:
    """Show what runs would do until the end of a day, by market, before they do it."""
    today = ask.run.now().astimezone(UTC).date()
    day = _day(ask.asked.get("until", ""), today)
    forecasts: list[Forecast] = []
    if day is not None:
        forecasts = await preview_bill_run(ask.run, until=_end_of(day), pages=PREVIEW_PAGES)
    return ask.page(
        "bill_preview.html",
        {
            "day": day, "today": today, "forecasts": forecasts, "sums": sums_of(forecasts),
            "is_cut": decided(forecasts) >= PREVIEW_PAGES * PAGE, "days_max": DAYS_MAX,
            "page": PAGE, "section": SECTION,
        },
        status=200 if day is not None else 422,
    )  # fmt: skip


def _day(text: str, today: date) -> date | None:
    """Read a day from today on; None for what is none."""
    if not text:
        return today
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if timedelta(0) <= found - today <= timedelta(days=DAYS_MAX) else None


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time.min, tzinfo=UTC) - timedelta.resolution


def decided(forecasts: Sequence[Forecast]) -> int:
    """Return how many subscriptions were decided."""
    return sum(one.invoices + one.ending + one.parked for one in forecasts)


def sums_of(forecasts: Sequence[Forecast]) -> dict[str, int]:
    """Sum what would be invoiced, by currency."""
    sums: dict[str, int] = {}
    for one in forecasts:
        sums[one.currency] = sums.get(one.currency, 0) + one.total_minor
    return dict(sorted(sums.items()))


def reasons(ask: Ask, parked: Sequence[ParkedReasonView]) -> list[tuple[str, str]]:
    """Name the reasons for which something is set aside, as choices."""
    return [
        (one.reason, f"{ask.writer.word(one.reason)} ({one.subscriptions})") for one in parked
    ]  # fmt: skip
