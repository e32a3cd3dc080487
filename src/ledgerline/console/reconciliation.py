"""Reconciliation: how much of what moved is explained, and what is in one of two books only."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, WrongIdKind, decode, encode
from ledgerline.base.statements import statements
from ledgerline.console.asking import Ask, path_of
from ledgerline.flows.bear_own_failures import NOBODY
from ledgerline.payments import views as payments
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.reconciliation import views
from ledgerline.reconciliation.model import PayoutState
from ledgerline.reconciliation.rows import (
    FileView,
    FileVolumeRow,
    PayoutRow,
    PayoutsAsked,
    UnmatchedLineView,
    VolumeRow,
)
from ledgerline.reconciliation.rules.payouts import days_on_its_way, off_by
from ledgerline.reconciliation.rules.volume import explained_percent
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

SECTION: Final = "/console/reconciliation"
PAYOUTS: Final = f"{SECTION}/payouts"
PAGE: Final = 25
LISTED: Final = 10
"""How many breaks and payouts the first page lists."""
REASONS: Final = [
    Reason.LINE_UNMATCHED, Reason.LINE_MISMATCH, Reason.LINE_MISSING, Reason.DUPLICATE_CAPTURE,
    Reason.DUPLICATE_REFUND, Reason.FILE_QUARANTINED, Reason.BANK_DIFFERS, Reason.PAYOUT_MISSING,
]  # fmt: skip
"""What is a break: one of the two books says what the other does not."""
_DAY: Final = timedelta(days=1)
_SQL: Final = statements(__name__)


class KindView(NamedTuple):
    """How many breaks of a kind are open, and for how long."""

    reason: str
    breaks: int
    over_a_day: int
    over_a_week: int
    oldest_at: datetime


class BreakView(NamedTuple):
    """What is in one of the two books only, and of which payment, where it is of one."""

    id: UUID
    reason: str
    detail: str
    opened_at: datetime
    payment_id: UUID | None


class AccountView(NamedTuple):
    """A merchant account."""

    code: str


class PaymentOfView(NamedTuple):
    """Of which payment a charge or refund is."""

    id: UUID
    payment_id: UUID


class Explained(NamedTuple):
    """What moved at an account in a currency, and the share of it that is explained."""

    row: VolumeRow
    percent: str | None


class File(NamedTuple):
    """A settlement file, its page, and the least share of a currency that it explains."""

    row: FileView
    path: str
    percent: str | None


class Sent(NamedTuple):
    """A payout, for how many days it was on its way, and how much of it nobody explains."""

    row: PayoutRow
    days: int
    off_minor: int


class Line(NamedTuple):
    """A line that is not matched, the page of its exception and that of its payment."""

    row: UnmatchedLineView
    exception: str | None
    payment: str | None


async def show(ask: Ask) -> Response:
    """Show what is explained by account, open breaks, files and the newest payouts."""
    account = ask.asked.get("account") or None
    now = ask.run.now()
    of = {"reasons": REASONS, "psp_account": account}
    async with ask.run.reading() as read:
        accounts = await read.rows(_SQL["accounts"], AccountView)
        volumes = await views.volumes(read, psp_account=account)
        kinds = await read.rows(
            _SQL["kinds"], KindView, day_ago=now - _DAY, week_ago=now - 7 * _DAY, **of
        )
        breaks = await read.rows(_SQL["breaks"], BreakView, limit=LISTED, **of)
        rows = await views.files(
            read, psp_account=account, before=_id(ask.asked.get("after", "")), limit=PAGE + 1
        )
        shares = await views.volumes_of(read, [one.id for one in rows])
        payouts = await views.payouts(read, _payouts_asked(account, None, None, LISTED))
    return ask.page(
        "reconciliation.html",
        {
            "accounts": [one.code for one in accounts], "account": account or "",
            "percent": _percent(volumes), "volumes": [Explained(one, _percent([one])) for one in
            volumes], "kinds": kinds, "breaks": breaks,
            "count": sum(one.breaks for one in kinds),
            "old": sum(one.over_a_week for one in kinds),
            "files": [_file(one, shares) for one in rows[:PAGE]],
            "following": _text(rows[PAGE - 1].id) if len(rows) > PAGE else "",
            "payouts": [_sent(ask, one) for one in payouts], "payouts_path": PAYOUTS,
            "path_of": path_of, "section": SECTION,
        },
    )  # fmt: skip


async def payouts(ask: Ask) -> Response:
    """List payouts, those announced last first: where each is and what the bank said."""
    account = ask.asked.get("account") or None
    state = ask.asked.get("state", "")
    states = [state] if state in set(PayoutState) else None
    before = _uuid(ask.asked.get("after", ""))
    async with ask.run.reading() as read:
        rows = await views.payouts(read, _payouts_asked(account, states, before, PAGE + 1))
    return ask.page(
        "payouts.html",
        {
            "payouts": [_sent(ask, one) for one in rows[:PAGE]], "account": account or "",
            "state": state if states else "", "states": list(PayoutState),
            "following": str(rows[PAGE - 1].id) if len(rows) > PAGE else "",
            "file_of": _path, "section": SECTION,
        },
    )  # fmt: skip


async def show_file(ask: Ask) -> Response:
    """Show one settlement file, and its lines that are not matched."""
    id = _id(ask.path["id"])
    after = ask.asked.get("after", "")
    async with ask.run.reading() as read:
        row = None if id is None else await views.file(read, id=id)
        if row is None:
            raise PageMissing
        volumes = await views.volumes_of(read, [row.id])
        rows = await views.unmatched_lines(
            read, file_id=row.id, after=int(after) if _is_number(after) else 0, limit=PAGE + 1
        )
        lines = await _lines(read, rows[:PAGE])
    return ask.page(
        "settlement_file.html",
        {
            "row": row, "id": _text(row.id), "percent": _percent(volumes), "volumes": volumes,
            "lines": lines, "following": str(rows[PAGE - 1].line_no) if len(rows) > PAGE else "",
            "section": SECTION,
        },
    )  # fmt: skip


def _is_number(text: str) -> bool:
    """Tell whether a text is a number of a line: at most what the column holds."""
    return text.isascii() and text.isdecimal() and len(text) < 10  # noqa: PLR2004 - below 2**31


async def _lines(read: ReadTx, rows: Sequence[UnmatchedLineView]) -> list[Line]:
    told = await payments.exceptions_of(
        read, bucket=NOBODY, ids=[one.id for one in rows if one.id is not None]
    )
    ours = [one.subject_id for one in rows if one.subject_id is not None]
    found = await read.rows(_SQL["payments_of"], PaymentOfView, ids=ours)
    exceptions = {one.subject_id: path_of("exception", one.id) for one in reversed(told)}
    of = {one.id: path_of("payment", one.payment_id) for one in found}
    return [
        Line(
            row=one, exception=None if one.id is None else exceptions.get(one.id),
            payment=None if one.subject_id is None else of.get(one.subject_id),
        )
        for one in rows
    ]  # fmt: skip


def _payouts_asked(
    account: str | None, states: list[str] | None, before: UUID | None, limit: int
) -> PayoutsAsked:
    return PayoutsAsked(psp_account=account, states=states, before=before, limit=limit)


def _percent(rows: Iterable[VolumeRow | FileVolumeRow]) -> str | None:
    return explained_percent((one.explained_minor, one.turnover_minor) for one in rows)


def _file(row: FileView, shares: Sequence[FileVolumeRow]) -> File:
    return File(row, _path(row.id), _percent(one for one in shares if one.file_id == row.id))


def _sent(ask: Ask, row: PayoutRow) -> Sent:
    return Sent(row, days_on_its_way(row, today=ask.run.now().date()), off_by(row))


def _path(id: UUID) -> str:
    return f"{SECTION}/{_text(id)}"


def _text(id: UUID) -> str:
    return encode(PREFIXES["settlement_file"], id)


def _id(text: str) -> UUID | None:
    try:
        return decode(PREFIXES["settlement_file"], text)
    except WrongIdKind:
        return None


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
