"""Provider events: what providers told us, what came of it, and what they said, masked."""

import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import bucket_of
from ledgerline.base.saying import noted
from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask, path_of
from ledgerline.payments.rules.reapplying import why_not
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

SECTION: Final = "/console/provider-events"
PAGE: Final = 50
AMONG: Final = 10_000
"""Among how many of the newest one state or account is looked for."""
BODY_MAX: Final = 20_000
STATES: Final = {
    "received": noted("Not looked at yet"), "parked": noted("Waits"),
    "applied": noted("Applied"), "ignored": noted("Ignored"),
}  # fmt: skip
WAITING: Final = "waiting"
_LAST: Final = "\U0010ffff"  # comes after every name
_SQL: Final = statements(__name__)


class EventView(NamedTuple):
    """An event as it is listed; ``due_at`` is when it is looked at again."""

    psp_account: str
    event_key: str
    event_type: str
    state: str
    reference: str | None
    received_at: datetime
    due_at: datetime | None
    tries: int


class WholeEventView(NamedTuple):
    """An event with what the provider wrote, card numbers and e-mail addresses masked."""

    psp_account: str
    event_key: str
    event_type: str
    state: str
    reference: str | None
    received_at: datetime
    due_at: datetime | None
    tries: int
    alarm: str | None
    body: bytes | None
    body_sha256: bytes
    is_named: bool


class AccountView(NamedTuple):
    """A merchant account."""

    code: str


class PaymentOfView(NamedTuple):
    """Which payment something is of."""

    payment_id: UUID


class Place(NamedTuple):
    """Where a page of the list begins: after which event."""

    before: datetime
    account: str
    key: str


async def list_(ask: Ask) -> Response:
    """List events, newest first: of a state, of an account, or those that wait."""
    state = ask.asked.get("state", "")
    account = ask.asked.get("account") or None
    is_waiting = state == WAITING
    async with ask.run.reading() as read:
        accounts = await read_accounts(read)
        if is_waiting:
            rows = await read.rows(_SQL["waiting"], EventView, psp_account=account, limit=PAGE)
        else:
            rows = await _page(read, ask, state=state, account=account)
    more = len(rows) > PAGE
    return ask.page(
        "psp_events.html",
        {
            "events": [(one, _address(one)) for one in rows[:PAGE]], "states": STATES,
            "state": state, "account": account or "", "accounts": accounts,
            "following": _after(rows[PAGE - 1]) if more else "",
            "query": urlencode({"state": state, "account": account or ""}) + "&",
            "is_waiting": is_waiting, "among": AMONG, "section": SECTION,
        },
    )  # fmt: skip


async def read_accounts(read: ReadTx) -> list[str]:
    """Read the codes of the merchant accounts."""
    return [one.code for one in await read.rows(_SQL["accounts"], AccountView)]


async def _page(read: ReadTx, ask: Ask, *, state: str, account: str | None) -> list[EventView]:
    place = _place(ask.asked.get("after", ""))
    return await read.rows(
        _SQL["events"], EventView, state=state if state in STATES else None, psp_account=account,
        before=place.before, before_account=place.account, before_key=place.key, among=AMONG,
        limit=PAGE + 1,
    )  # fmt: skip


def _place(text: str) -> Place:
    """Read where a page begins; what is none is the beginning."""
    said, _, rest = text.partition(" ")
    account, _, key = rest.partition(" ")
    try:
        before = datetime.fromisoformat(said)
    except ValueError:
        return Place(datetime.max.replace(tzinfo=UTC), _LAST, _LAST)
    return Place(before if before.tzinfo else before.replace(tzinfo=UTC), account, key)


def _after(row: EventView) -> str:
    said = row.received_at.astimezone(UTC).isoformat()
    return quote(f"{said} {row.psp_account} {row.event_key}", safe="")


def _address(row: EventView) -> str:
    return f"{SECTION}/event?" + urlencode({"account": row.psp_account, "key": row.event_key})


async def show(ask: Ask) -> Response:
    """Show one event: what came of it, which payment it is of, and what was written."""
    async with ask.run.reading() as read:
        row = await read.row(
            _SQL["event"], WholeEventView, psp_account=ask.asked.get("account", ""),
            event_key=ask.asked.get("key", ""),
        )  # fmt: skip
        if row is None:
            raise PageMissing
        payment = await _payment(read, row.reference)
    is_shown = ask.sees_people and ask.may("/console/customers")
    return ask.page(
        "psp_event.html",
        {
            "event": row, "payment": payment if ask.may("/console/payments/{id}") else None,
            "states": STATES, "body": _written(row.body) if is_shown and row.body else "",
            "again": _again(row), "is_shown": is_shown, "digest": row.body_sha256.hex(),
            "section": SECTION,
        },
    )  # fmt: skip


def _again(row: WholeEventView) -> str:
    """Return where it is applied again; empty where that is of no use."""
    if why_not(row.state, is_named=row.is_named) is not None:
        return ""
    named = urlencode({"account": row.psp_account, "key": row.event_key})
    return f"{SECTION}/again?{named}"


async def _payment(read: ReadTx, reference: str | None) -> str | None:
    """Return the page of the payment that a reference of ours is of; None for any other."""
    try:
        named = UUID(reference or "")
        bucket = bucket_of(named)
    except (ValueError, Rejected):
        return None
    found = await read.row(_SQL["payment_of"], PaymentOfView, id=named, bucket=bucket)
    return None if found is None else path_of("payment", found.payment_id)


def _written(body: bytes) -> str:
    """Write a body so that people can read it."""
    text = body.decode("utf-8", "replace")
    with suppress(ValueError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    return text[:BODY_MAX]
