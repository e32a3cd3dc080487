"""What a bulk job may be about: found by ids, or by what is open now, with why not where not."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from ledgerline.base.ids import PREFIXES, bucket_of, encode
from ledgerline.base.saying import noted
from ledgerline.bulk.model import BulkKind, BulkRefused
from ledgerline.bulk.rows import Candidate
from ledgerline.console.asking import Ask, id_in, path_of
from ledgerline.console.customers import TOP
from ledgerline.payments import views as payments
from ledgerline.payments.model import PaymentState
from ledgerline.payments.rows.shown import PaymentsAsked, PaymentView
from ledgerline.subscriptions import views as subscriptions
from ledgerline.subscriptions.model import SubscriptionState

_PAGE: Final = 500
_NO_ID: Final = {
    "invoice": noted("%(line)s is no invoice's id: they begin with inv_"),
    "subscription": noted("%(line)s is no subscription's id: they begin with sub_"),
}
_OVER: Final[Mapping[str, str]] = {
    SubscriptionState.CANCELED: noted("it is canceled"),
    SubscriptionState.EXPIRED: noted("it is expired"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choosing:
    """How objects of a kind are found and named."""

    by_ids: Callable[[Ask, Sequence[str]], Awaitable[list[Candidate]]]
    all_of_them: Callable[[Ask, int], Awaitable[list[Candidate]]] | None = None
    all_called: str = ""
    kind: str
    leads_to: str

    def name_of(self, id: UUID) -> str:
        """Return the id of an object as people write it."""
        return encode(PREFIXES[self.kind], id)

    def path_of(self, id: UUID) -> str:
        """Return where an object is shown, or what may be done about it."""
        return path_of(self.kind, id) or self.leads_to.format(id=self.name_of(id))


async def _invoices(ask: Ask, lines: Sequence[str]) -> list[Candidate]:
    found = []
    for id in _ids(ask, "invoice", lines):
        asked = PaymentsAsked(
            before=TOP, bucket=bucket_of(id), invoice_id=id,
            states=[PaymentState.PROCESSING, PaymentState.SUCCEEDED], limit=1,
        )  # fmt: skip
        async with ask.run.reading() as read:
            rows = await payments.payments(read, asked)
        if rows:
            found.append(_collected(rows[0]))
        else:
            found.append(_none(id, noted("nothing is collected of it")))
    return found


async def _collecting(ask: Ask, at_most: int) -> list[Candidate]:
    """Find what is being collected now, the newest first."""
    asked = PaymentsAsked(
        before=TOP, bucket=None, invoice_id=None, states=[PaymentState.PROCESSING], limit=_PAGE
    )
    found: dict[UUID, Candidate] = {}
    while len(found) <= at_most:
        async with ask.run.reading() as read:
            rows = await payments.payments(read, asked)
        found |= {one.invoice_id: _collected(one) for one in rows}
        if len(rows) < _PAGE:
            return list(found.values())
        asked = asked._replace(before=rows[-1].id)
    raise BulkRefused(
        ask.say("more than %(count)s are collected: choose some by their ids", count=at_most)
    )


def _collected(row: PaymentView) -> Candidate:
    why = ""
    if row.state == PaymentState.SUCCEEDED:
        why = noted("its payment is succeeded")
    elif row.is_over:
        why = noted("its plan has ended")
    elif row.next_try_at is None:
        why = noted("a try is under way")
    return Candidate(
        subject_id=row.invoice_id, customer_id=row.customer_id, amount_minor=row.amount_minor,
        currency=row.currency, exclusion=why,
    )  # fmt: skip


async def _subscriptions(ask: Ask, lines: Sequence[str]) -> list[Candidate]:
    found = []
    for id in _ids(ask, "subscription", lines):
        async with ask.run.reading() as read:
            row = await subscriptions.subscription(
                read, bucket=bucket_of(id), id=id, now=ask.run.now()
            )
        if row is None:
            found.append(_none(id, noted("there is no such plan")))
            continue
        why = _OVER.get(row.state, "")
        if not why and row.ends_on is not None:
            why = noted("it ends anyway")
        found.append(_none(id, why)._replace(customer_id=row.customer_id))
    return found


def _none(id: UUID, why: str) -> Candidate:
    """Make a candidate that is worth nothing; with a reason it is left out."""
    return Candidate(
        subject_id=id, customer_id=None, amount_minor=None, currency=None, exclusion=why
    )


def _ids(ask: Ask, kind: str, lines: Sequence[str]) -> list[UUID]:
    """Read ids, each once; raises ``BulkRefused`` naming the first that is none."""
    found: dict[UUID, None] = {}
    for line in lines:
        id = id_in(kind, line.strip(",;"))
        if id is None:
            raise BulkRefused(ask.say(_NO_ID[kind], line=line[:40]))
        found[id] = None
    return list(found)


CHOOSING: Final[Mapping[BulkKind, Choosing]] = {
    BulkKind.CHARGE_INVOICES: Choosing(
        by_ids=_invoices, all_of_them=_collecting, all_called=noted("everything that is collected"),
        kind="invoice", leads_to="",
    ),
    BulkKind.CANCEL_SUBSCRIPTIONS: Choosing(
        by_ids=_subscriptions, kind="subscription", leads_to="/console/subscriptions/{id}/cancel"
    ),
}  # fmt: skip
