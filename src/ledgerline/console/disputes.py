"""Disputes: what payers and banks take back, by when it is answered, and what was sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from ledgerline.base.db import ReadTx
from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import PAGE, TOP
from ledgerline.payments import views
from ledgerline.payments.disputes import DisputeState
from ledgerline.payments.rows.disputes import DisputesAsked, DisputeView
from ledgerline.payments.rules.disputing import ANSWERABLE, OPEN, answer_by
from ledgerline.web.forms import PageMissing
from ledgerline.web.wire import Response

SECTION: Final = "/console/disputes"
LISTED: Final = 100
"""How many that wait for us, and how many of each other open state, are on the first page."""
_SOON: Final = timedelta(days=3)


class Shown(NamedTuple):
    """A dispute and by when we answer it: None where nobody waits for us or no day was told.

    ``urgency`` is ``late`` after that instant, ``soon`` in the three days before it.
    """

    row: DisputeView
    path: str
    answer_by: datetime | None
    urgency: str


async def list_(ask: Ask) -> Response:
    """List disputes: those that are open by deadline, or all of them, the newest first."""
    is_all = ask.asked.get("state") == "all"
    async with ask.run.reading() as read:
        rows = await (_all(read, ask) if is_all else _open(read))
    more = is_all and len(rows) > PAGE
    now = ask.run.now()
    return ask.page(
        "disputes.html",
        {
            "disputes": [_shown(one, now) for one in (rows[:PAGE] if is_all else rows)],
            "is_all": is_all, "is_cut": not is_all and len(rows) >= LISTED,
            "following": encode(PREFIXES["dispute"], rows[PAGE - 1].id) if more else "",
            "path_of": path_of, "section": SECTION,
        },
    )  # fmt: skip


async def _all(read: ReadTx, ask: Ask) -> Sequence[DisputeView]:
    before = id_in("dispute", ask.asked.get("after", "")) or TOP
    asked = DisputesAsked(before=before, bucket=None, payment_id=None, states=None, limit=PAGE + 1)
    return await views.disputes(read, asked)


async def _open(read: ReadTx) -> Sequence[DisputeView]:
    """Read what waits for us by deadline, then what waits for others, state by state."""
    rows = await views.answerable_disputes(read, limit=LISTED)
    for state in DisputeState:
        if state in OPEN - ANSWERABLE:
            asked = DisputesAsked(
                before=TOP, bucket=None, payment_id=None, states=[state], limit=LISTED
            )
            rows += await views.disputes(read, asked)
    return rows


def _shown(row: DisputeView, now: datetime) -> Shown:
    due = answer_by(row.due_by) if row.due_by and row.state in ANSWERABLE else None
    urgency = ""
    if due is not None and due - _SOON < now:
        urgency = "late" if due < now else "soon"
    return Shown(row=row, path=path_of("dispute", row.id) or "", answer_by=due, urgency=urgency)


async def show(ask: Ask) -> Response:
    """Show a dispute: what was told and done, what was sent, and where it is answered."""
    id = ask.id("dispute")
    bucket = bucket_of(id)
    async with ask.run.reading() as read:
        row = await views.dispute(read, bucket=bucket, id=id)
        if row is None:
            raise PageMissing
        facts = await views.dispute_facts(read, bucket=bucket, dispute_id=id)
        sent = await views.dispute_evidence(read, bucket=bucket, dispute_id=id)
        exceptions = await views.exceptions_of(read, bucket=bucket, ids=[id])
    return ask.page(
        "dispute.html",
        {
            "shown": _shown(row, ask.run.now()), "id": encode(PREFIXES["dispute"], id),
            "facts": facts, "sent": sent, "exceptions": exceptions,
            "is_answerable": row.state in ANSWERABLE, "path_of": path_of, "section": SECTION,
        },
    )  # fmt: skip
