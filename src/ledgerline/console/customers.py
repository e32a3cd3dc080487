"""Customers: who they are, what they have, and one timeline of all that happened to them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.calendar import months
from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, SubscriptionId, bucket_of, encode, instant_of
from ledgerline.console import timeline
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.changing import becomes, planned_of
from ledgerline.console.noting import told
from ledgerline.console.people import person_of
from ledgerline.console.timeline import Happened
from ledgerline.customers import views
from ledgerline.customers.rows import CustomerView
from ledgerline.ledger import views as ledger
from ledgerline.payments import views as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.shown import CustomersPaymentsAsked, PaymentView
from ledgerline.payments.rules.prospects import next_try_at
from ledgerline.rules.timeline import Entry
from ledgerline.subscriptions import views as subscriptions
from ledgerline.subscriptions.model import LogKind, SubscriptionState
from ledgerline.subscriptions.rows import SubscriptionsAsked, SubscriptionView
from ledgerline.subscriptions.rules import outlook
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

PAGE: Final = 50
TIMELINE_PAGE: Final = 40
TOP: Final = UUID(int=(1 << 128) - 1)
_DAY: Final = timedelta(days=1)
_ENDED: Final = frozenset({SubscriptionState.CANCELED, SubscriptionState.EXPIRED})


class Planned(NamedTuple):
    """What is to come: ``owed`` is the payment that is tried again."""

    at: datetime
    what: str
    detail: str
    owed: PaymentView | None = None


async def list_(ask: Ask) -> Response:
    """List customers, the newest first."""
    before = id_in("customer", ask.asked.get("after", "")) or TOP
    async with ask.run.reading() as read:
        rows = await views.customers(read, before=before, limit=PAGE + 1)
        shown = rows[:PAGE]
        has = await timeline.standing(
            read, buckets=[one.bucket for one in shown], ids=[one.id for one in shown]
        )
    of = {one.id: [each for each in has if each.customer_id == one.id] for one in shown}
    said = [
        {"row": one, "person": person_of(ask, one), "path": path_of("customer", one.id),
         "id": encode(PREFIXES["customer"], one.id), "has": of[one.id]}
        for one in shown
    ]  # fmt: skip
    following = encode(PREFIXES["customer"], shown[-1].id) if len(rows) > PAGE else ""
    return ask.page(
        "customers.html",
        {"customers": said, "following": following, "section": "/console/customers"},
    )


async def show(ask: Ask) -> Response:
    """Show a customer."""
    id = ask.id("customer")
    bucket = bucket_of(id)
    before = _before(ask)
    spans = months(_day_of(id) - _DAY, ask.run.now().date() + _DAY)
    async with ask.run.reading() as read:
        row = await views.customer(read, bucket=bucket, id=id)
        if row is None:
            raise PageMissing
        has = await _subscriptions(read, ask, row)
        planned = await planned_of(read, ask, has)
        happened = await _happened(read, ask, row, until=before or ask.run.now() + _DAY)
        owing = await _owing(read, row, spans)
        sums = await timeline.sums(read, bucket=bucket, customer_id=id, months=spans)
        credit = await ledger.credit(read, buckets=[bucket], customer_ids=[row.id])
        methods = await payments.payment_methods(
            read, bucket=bucket, customer_id=row.id, before=TOP, limit=20
        )
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    older = happened[TIMELINE_PAGE - 1].at if len(happened) > TIMELINE_PAGE else None
    return ask.page(
        "customer.html",
        {
            "row": row, "person": person_of(ask, row), "id": encode(PREFIXES["customer"], id),
            "subscriptions": [(one, _path(one), planned[one.id]) for one in has],
            "sums": sums, "credit": credit, "methods": methods,
            "happened": _by_month(ask, happened[:TIMELINE_PAGE]), "path_of": path_of,
            "planned": [] if before else _planned(has, owing, planned), "colleagues": colleagues,
            "older": "" if older is None else older.astimezone(UTC).isoformat(),
            "section": "/console/customers",
        },
    )  # fmt: skip


async def _happened(
    read: ReadTx, ask: Ask, row: CustomerView, *, until: datetime
) -> list[Happened]:
    """Read what happened to a customer and what was noted on them, the newest first."""
    limit = TIMELINE_PAGE + 1
    asked = timeline.Asked(
        bucket=row.bucket, customer_id=row.id, until=until, limit=limit,
        months=months(_day_of(row.id) - _DAY, ask.run.now().date() + _DAY),
    )  # fmt: skip
    found = await timeline.timeline(read, asked)
    notes = await views.notes(read, bucket=row.bucket, customer_id=row.id, until=until, limit=limit)
    both = [*told(ask, row, notes), *found]
    return sorted(both, key=lambda one: one.at, reverse=True)[:limit]


async def _subscriptions(read: ReadTx, ask: Ask, row: CustomerView) -> list[SubscriptionView]:
    asked = SubscriptionsAsked(
        now=ask.run.now(), before=TOP, bucket=row.bucket, customer_id=row.id, states=None, limit=20
    )
    found: list[SubscriptionView] = []
    for states in (frozenset(SubscriptionState) - _ENDED, _ENDED):
        found += await subscriptions.subscriptions(read, asked._replace(states=sorted(states)))
    return found


async def _owing(read: ReadTx, row: CustomerView, spans: list[int]) -> list[PaymentView]:
    """Read what is still being collected of a customer."""
    asked = CustomersPaymentsAsked(
        before=TOP, bucket=row.bucket, customer_id=row.id, months=spans,
        states=[PaymentState.PROCESSING, PaymentState.SUCCEEDED], limit=100,
    )  # fmt: skip
    paying = await payments.payments_of_customer(read, asked)
    return [one for one in paying if one.state == PaymentState.PROCESSING]


def _planned(
    has: Sequence[SubscriptionView],
    owing: Sequence[PaymentView],
    planned: Mapping[SubscriptionId, Sequence[Entry]],
) -> list[Planned]:
    """List what is to come: the next charge, the end of service, and tries of what is owed."""
    tries = [(next_try_at(one), one) for one in owing]
    found = [Planned(at, "retry", "", one) for at, one in tries if at is not None]
    for one in has:
        if one.state in _ENDED:
            continue
        course = outlook.course_of(one)
        at = outlook.next_charge_at(course)
        if at is not None:
            found.append(Planned(at, "renewal", one.plan_name))
        ends = outlook.service_ends_on(course)
        if ends is not None:
            then = datetime(ends.year, ends.month, ends.day, tzinfo=UTC)
            found.append(Planned(then, "end", one.plan_name))
        for entry in planned[one.id]:
            if entry.kind is LogKind.CHANGE_SCHEDULED:
                day = entry.effective
                then = datetime(day.year, day.month, day.day, tzinfo=UTC)
                found.append(Planned(then, "change", becomes(entry)))
    return sorted(found, key=lambda each: each.at, reverse=True)


def _by_month(ask: Ask, rows: Sequence[Happened]) -> list[tuple[str, list[Happened]]]:
    """Put what happened under the name of its month."""
    grouped = groupby(rows, key=lambda one: ask.writer.month(one.at))
    return [(month, list(some)) for month, some in grouped]


def _path(row: SubscriptionView) -> str:
    return f"/console/subscriptions/{encode(PREFIXES['subscription'], row.id)}"


def _before(ask: Ask) -> datetime | None:
    try:
        found = datetime.fromisoformat(ask.asked["before"])
    except (KeyError, ValueError):
        return None
    return found if found.tzinfo is not None else None


def _day_of(id: UUID) -> date:
    return datetime.fromtimestamp(instant_of(id) / 1000, UTC).date()
