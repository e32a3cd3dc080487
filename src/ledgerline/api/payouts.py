"""Payouts: what providers say they pay out, and what became of it."""

from datetime import date, datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.cursors import TOP
from ledgerline.api.operations import Answer, Call, Operation
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
    Limit,
    Money,
    Page,
    States,
    money,
    utc,
)
from ledgerline.base.ids import PREFIXES, decode, encode
from ledgerline.reconciliation import views
from ledgerline.reconciliation.model import PayoutState
from ledgerline.reconciliation.refusals import PayoutNotFound
from ledgerline.reconciliation.rows import PayoutRow, PayoutsAsked, PayoutStepRow
from ledgerline.reconciliation.rules.payouts import days_on_its_way

AccountText = Annotated[str, Meta(min_length=1, max_length=64)]


class PayoutsQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which payouts; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    psp_account: AccountText | None = None
    status: States | None = None


class PayoutStep(Struct, frozen=True, kw_only=True):
    """What happened to a payout: ``amount`` came to bank or balance, negative where it left."""

    event: str
    on: date
    amount: Money
    note: str | None
    recorded: datetime


class Payout(Struct, frozen=True, kw_only=True):
    """What a provider pays out; what happened to it only where one is asked for.

    ``bank`` is what the bank received of it less what it took back; ``reversed`` what is in the
    provider's balance again, as a line of a file or a person says.
    """

    id: str
    object: str = "payout"
    livemode: bool
    status: str
    psp_account: str
    provider_reference: str
    settlement_file: str
    total: Money
    announced: date
    days_on_its_way: int
    paid: date | None
    bank: Money | None
    bank_note: str | None
    returned: date | None
    failed: date | None
    failed_by: str | None
    failed_note: str | None
    reversed: Money | None
    steps: list[PayoutStep] | None = None


async def list_(call: Call) -> Answer:
    """List payouts, those announced last first."""
    query: PayoutsQuery = call.query
    start = lists.before(call)
    asked = PayoutsAsked(
        psp_account=query.psp_account,
        states=lists.states(query.status, PayoutState),
        before=None if start == TOP else start,
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        rows = await views.payouts(read, asked)
    return lists.page(call, rows, shape=lambda row: _shape(call, row, None))


async def get(call: Call) -> Answer:
    """Read one payout with what happened to it."""
    payout_id = decode(PREFIXES["payout"], call.path["id"])  # of its names, without a bucket
    async with call.run.reading() as read:
        row = await views.payout(read, id=payout_id)
        if row is None:
            raise PayoutNotFound("there is no such payout")
        steps = await views.payout_steps(read, payout_id=payout_id)
    return Answer(200, _shape(call, row, steps))


def _shape(call: Call, row: PayoutRow, steps: list[PayoutStepRow] | None) -> Payout:
    return Payout(
        id=encode(PREFIXES["payout"], row.id),
        livemode=call.livemode,
        status=row.state,
        psp_account=row.psp_account,
        provider_reference=row.reference,
        settlement_file=encode(PREFIXES["settlement_file"], row.file_id),
        total=money(row.amount_minor, row.currency),
        announced=row.announced_on,
        days_on_its_way=days_on_its_way(row, today=call.run.now().date()),
        paid=row.paid_on,
        bank=_known(row.bank_minor, row.currency),
        bank_note=row.bank_note,
        returned=row.returned_on,
        failed=row.failed_on,
        failed_by=row.failed_by,
        failed_note=row.failed_note,
        reversed=_known(row.reversed_minor, row.currency),
        steps=None if steps is None else [_step(one, row.currency) for one in steps],
    )


def _step(row: PayoutStepRow, currency: str) -> PayoutStep:
    return PayoutStep(
        event=row.event,
        on=row.happened_on,
        amount=money(row.amount_minor, currency),
        note=row.note,
        recorded=utc(row.recorded_at),
    )


def _known(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else money(minor, currency)


OPERATIONS: Final = (
    Operation(
        name="list_payouts", method="GET", path="/v1/payouts", summary="List payouts",
        handle=list_, gives={200: Page[Payout]}, query=PayoutsQuery,
    ),
    Operation(
        name="get_payout", method="GET", path="/v1/payouts/{id}",
        summary="Read a payout with what happened to it", handle=get, gives={200: Payout},
    ),
)  # fmt: skip
