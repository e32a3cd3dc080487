"""The jobs of a worker: what one unit of work of each does, and into how many ranges it divides."""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Final, NamedTuple

from ledgerline.base.calendar import add_months
from ledgerline.base.ids import BillRunId
from ledgerline.base.log import logger
from ledgerline.base.pace import Pace
from ledgerline.base.run import Run
from ledgerline.documents.einvoice.refusals import EinvoiceNotInstalled
from ledgerline.flows.apply_psp_events import apply_psp_events
from ledgerline.flows.bill_due import BILL_BATCH_MAX, bill_due
from ledgerline.flows.check_einvoices import check_einvoices
from ledgerline.flows.collect_due import COLLECT_BATCH_MAX, collect_due, collecting_pace
from ledgerline.flows.count_outcomes import count_outcomes
from ledgerline.flows.decide_late_successes import decide_late_successes
from ledgerline.flows.follow_mandates import follow_mandates
from ledgerline.flows.forget_expired import forget_expired
from ledgerline.flows.lapse_changes import lapse_changes
from ledgerline.flows.match_settlements import match_settlements
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.open_bill_run import open_bill_run
from ledgerline.flows.read_billing_pause import read_billing_pause
from ledgerline.flows.recognise_revenue import recognise_revenue
from ledgerline.flows.relay_events import relay_events
from ledgerline.flows.resolve_attempts import resolve_attempts
from ledgerline.flows.resolve_evidence import resolve_evidence
from ledgerline.flows.resolve_refunds import resolve_refunds
from ledgerline.flows.resolve_setups import resolve_setups
from ledgerline.flows.send_mails import send_mails
from ledgerline.flows.tell_card_expiry import tell_card_expiry
from ledgerline.flows.tell_notices import tell_notices
from ledgerline.flows.tell_renewals import tell_renewals
from ledgerline.flows.watch_disputes import watch_disputes
from ledgerline.flows.watch_models import watch_models
from ledgerline.flows.watch_payouts import watch_payouts
from ledgerline.flows.work_bulk import work_bulk
from ledgerline.jobs.leases import Lease, Span
from ledgerline.jobs.still_clock import StillClock
from ledgerline.jobs.validation import Validation
from ledgerline.mail.contract import Post
from ledgerline.payments.model import Psps

_log: Final = logger(__name__)
RANGES: Final = 16
BATCH_START: Final = 1_000
BATCH_MIN: Final = 100
WAVE_SECONDS: Final = 0.5  # so long an answer waits for the others of its batch
LATENCY_SECONDS_MAX: Final = 0.1  # a batch that takes longer is halved: purchases wait behind it


@dataclass(slots=True)
class Memory:
    """What one worker process remembers between units of work."""

    batch: int = BATCH_START
    pace: Pace = field(default_factory=lambda: collecting_pace(wave_seconds=WAVE_SECONDS))
    clock: StillClock = field(default_factory=StillClock)
    bill_run: tuple[date, BillRunId] | None = None
    recognised: date | None = None
    validation: Validation = field(default_factory=Validation)
    post: Post | None = None
    told: bool = False

    def learn(self, *, billed: int, seconds: float) -> None:
        """Fit the batch to the latency budget."""
        if seconds > LATENCY_SECONDS_MAX:
            self.batch = max(BATCH_MIN, self.batch // 2)
        elif billed >= self.batch and seconds < LATENCY_SECONDS_MAX / 2:
            self.batch = min(BILL_BATCH_MAX, self.batch * 2)


@dataclass(frozen=True, slots=True)
class Unit:
    """What a unit of work is given."""

    run: Run
    psps: Psps
    lease: Lease
    span: Span
    memory: Memory = field(default_factory=Memory)

    def ahead(self, what: str) -> timedelta:
        """Say how far ahead of a clock that stands still this range looks now."""
        return self.memory.clock.ahead((what, self.span), at=time.monotonic())


class Job(NamedTuple):
    """One kind of due work. ``work`` returns how much it did; 0 means nothing was due.

    ``parts`` of each range are worked side by side where most of the time is waiting for providers:
    while one batch waits for its slowest answer, the others begin, ask and settle theirs.
    """

    work: Callable[[Unit], Awaitable[int]]
    ranges: int
    pause_seconds: float
    parts: int = 1


async def _bill(unit: Unit) -> int:
    if await read_billing_pause(unit.run) is not None:
        return 0
    memory = unit.memory
    day = unit.run.now().astimezone(UTC).date()
    if memory.bill_run is None or memory.bill_run[0] != day:
        memory.bill_run = (day, BillRunId(unit.run.new_id(unit.run.new_bucket())))
        await open_bill_run(unit.run, bill_run_id=memory.bill_run[1])
    started = time.monotonic()
    billed = await bill_due(
        unit.run, bill_run_id=memory.bill_run[1], buckets=unit.span, limit=memory.batch,
        fence=unit.lease.fence,
    )  # fmt: skip
    memory.learn(billed=billed.total, seconds=time.monotonic() - started)
    return billed.total


async def _collect(unit: Unit) -> int:
    async with unit.memory.pace.share(COLLECT_BATCH_MAX) as share:
        run = await unit.run.at_clock()  # it may have been waited for
        collected = await collect_due(
            run, unit.psps, buckets=unit.span, share=share, fence=unit.lease.fence
        )
    return collected.tried


async def _number(unit: Unit) -> int:
    return await number_documents(unit.run)


async def _resolve_attempts(unit: Unit) -> int:
    done = await resolve_attempts(unit.run, unit.psps, buckets=unit.span)
    ahead = unit.ahead("attempts")
    if ahead:
        await resolve_attempts(unit.run, unit.psps, buckets=unit.span, ahead=ahead)
    return done


async def _lapse_changes(unit: Unit) -> int:
    return await lapse_changes(unit.run, buckets=unit.span)


async def _follow_mandates(unit: Unit) -> int:
    return await follow_mandates(unit.run, unit.psps, buckets=unit.span)


async def _tell_notices(unit: Unit) -> int:
    return await tell_notices(unit.run, buckets=unit.span)


async def _tell_card_expiry(unit: Unit) -> int:
    return await tell_card_expiry(unit.run, buckets=unit.span)


async def _tell_renewals(unit: Unit) -> int:
    return await tell_renewals(unit.run, buckets=unit.span)


async def _decide_late_successes(unit: Unit) -> int:
    return await decide_late_successes(unit.run, buckets=unit.span)


async def _resolve_refunds(unit: Unit) -> int:
    done = await resolve_refunds(unit.run, unit.psps, buckets=unit.span)
    ahead = unit.ahead("refunds")
    if ahead:
        await resolve_refunds(unit.run, unit.psps, buckets=unit.span, ahead=ahead)
    return done


async def _resolve_setups(unit: Unit) -> int:
    done = await resolve_setups(unit.run, unit.psps, buckets=unit.span)
    ahead = unit.ahead("setups")
    if ahead:
        await resolve_setups(unit.run, unit.psps, buckets=unit.span, ahead=ahead)
    return done


async def _apply(unit: Unit) -> int:
    done = await apply_psp_events(unit.run, unit.psps)
    ahead = unit.ahead("events")
    if ahead:
        await apply_psp_events(unit.run, unit.psps, ahead=ahead)
    return done


async def _relay(unit: Unit) -> int:
    return await relay_events(unit.run, buckets=unit.span)


async def _send_mails(unit: Unit) -> int:
    return await send_mails(unit.run, unit.memory.post, buckets=unit.span)


async def _recognise(unit: Unit) -> int:
    """Recognise the month that is over, once a process; the books refuse a second time."""
    this_month = unit.run.now().astimezone(UTC).date().replace(day=1)
    month = add_months(this_month, -1, anchor_day=1)
    if unit.memory.recognised == month:
        return 0
    booked = await recognise_revenue(unit.run, month=month)
    unit.memory.recognised = month
    return booked


async def _check_einvoices(unit: Unit) -> int:
    try:
        return await check_einvoices(unit.run, unit.memory.validation.validate)
    except EinvoiceNotInstalled as absent:
        if not unit.memory.told:
            unit.memory.told = True
            _log.warning("e-invoices wait to be checked", why=str(absent))
        return 0


async def _watch_disputes(unit: Unit) -> int:
    return await watch_disputes(unit.run)


async def _work_bulk(unit: Unit) -> int:
    return await work_bulk(unit.run, unit.psps)


async def _resolve_evidence(unit: Unit) -> int:
    return await resolve_evidence(unit.run, unit.psps)


async def _watch_payouts(unit: Unit) -> int:
    return await watch_payouts(unit.run)


async def _match_settlements(unit: Unit) -> int:
    return await match_settlements(unit.run)


async def _count_outcomes(unit: Unit) -> int:
    await count_outcomes(unit.run)
    return 0  # what is new now has not ended yet, or is for the next time


async def _watch_models(unit: Unit) -> int:
    return await watch_models(unit.run)


async def _forget(unit: Unit) -> int:
    return (await forget_expired(unit.run)).total


JOBS: Final[Mapping[str, Job]] = {
    "bill_due": Job(_bill, RANGES, 1.0),
    "number_documents": Job(_number, 1, 1.0),
    "collect_due": Job(_collect, RANGES, 1.0, parts=4),
    "resolve_attempts": Job(_resolve_attempts, RANGES, 2.0),
    "lapse_changes": Job(_lapse_changes, RANGES, 5.0),
    "follow_mandates": Job(_follow_mandates, RANGES, 5.0),
    "tell_notices": Job(_tell_notices, RANGES, 5.0),
    "tell_card_expiry": Job(_tell_card_expiry, RANGES, 900.0),
    "tell_renewals": Job(_tell_renewals, RANGES, 900.0),
    "decide_late_successes": Job(_decide_late_successes, RANGES, 5.0),
    "resolve_refunds": Job(_resolve_refunds, RANGES, 2.0),
    "resolve_setups": Job(_resolve_setups, RANGES, 2.0),
    "apply_psp_events": Job(_apply, 1, 0.5),
    "relay_events": Job(_relay, RANGES, 0.5),
    "send_mails": Job(_send_mails, RANGES, 5.0),
    "recognise_revenue": Job(_recognise, 1, 60.0),
    "check_einvoices": Job(_check_einvoices, 1, 5.0),
    "count_outcomes": Job(_count_outcomes, 1, 5.0),
    "watch_models": Job(_watch_models, 1, 10.0),
    "resolve_evidence": Job(_resolve_evidence, 1, 5.0),
    "watch_disputes": Job(_watch_disputes, 1, 60.0),
    "watch_payouts": Job(_watch_payouts, 1, 3600.0),
    "match_settlements": Job(_match_settlements, 1, 3600.0),
    "work_bulk": Job(_work_bulk, 1, 1.0),
    "forget_expired": Job(_forget, 1, 3600.0),
}
