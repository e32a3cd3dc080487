"""Settlement files: what a provider pays out for a span of its books, as CSV, with its own total.

A file is computed from the books alone, so the same question has the same answer, byte for byte.
What a test wants to be wrong with it is asked for by name.
"""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Final, NamedTuple

import msgspec
from msgspec import Meta, Struct

from pspsim.draws import PPM
from pspsim.provider import Provider
from pspsim.records import Charge, Kind, PayoutFailed, Refund, Status
from pspsim.replies import RequestRefused
from pspsim.world import Instant

HEAD: Final = (
    "kind", "reference", "id", "gross", "gross_currency", "fee", "net", "currency", "date",
)  # fmt: skip
FEE_PPM: Final = 14_000
FEE_FIXED: Final = 25
PAYOUT_FEE: Final = 25
DISPUTE_FEE: Final = 1500
PAYOUT_FEE_TAX: Final = 5


class Break(StrEnum):
    """What can be wrong with a file on request."""

    MISSING_LINE = "missing_line"
    EXTRA_LINE = "extra_line"
    DOUBLE_LINE = "double_line"
    AMOUNT_OFF = "amount_off"
    WRONG_FEE = "wrong_fee"
    WRONG_TOTAL = "wrong_total"
    TRUNCATED = "truncated"


class StatementBody(Struct, frozen=True, forbid_unknown_fields=True):
    """Ask what ``provider`` pays out in ``currency`` for what settled in [from, to).

    ``rates`` are ppm by which further currencies are paid out in it too.
    """

    provider: str
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    start: Instant = msgspec.field(name="from")
    end: Instant = msgspec.field(name="to")
    rates: dict[str, Annotated[int, Meta(gt=0)]] = {}
    broken: Break | None = None


class _Line(NamedTuple):
    kind: str
    reference: str
    id: str
    gross: int
    gross_currency: str
    fee: int
    net: int
    currency: str
    date: str


def statement(provider: Provider, asked: StatementBody) -> bytes:
    """Write the file that ``asked`` asks for."""
    payout, day = payout_id(provider, asked), _last_day(asked)
    lines = _broken(_lines(provider, asked), asked.broken)
    left = sum(line.net for line in lines)
    if left > 0:
        lines.append(_of_account("payout", payout, asked, gross=-left, day=day))
    stated = left + (asked.broken is Break.WRONG_TOTAL)
    total = ("total", payout, len(lines), "", "", "", stated, asked.currency, day)
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([HEAD, *lines, total])
    raw = out.getvalue().encode()
    return raw[: len(raw) * 2 // 3] if asked.broken is Break.TRUNCATED else raw


def earned(provider: Provider, asked: StatementBody) -> int:
    """Return what is paid out for a span, in minor units; none of it where it is below zero."""
    return sum(line.net for line in _lines(provider, asked))


def _lines(provider: Provider, asked: StatementBody) -> list[_Line]:
    """List what moved in the span and what its payout costs."""
    day = _last_day(asked)
    executed = (_line(item, at, asked) for item, at in settled(provider, asked))
    back = (
        _of_account("payout_reversal", one.id, asked, gross=one.amount, day=str(one.at.date()))
        for one in failed(provider, asked)
    )
    costs = _costs(payout_id(provider, asked), asked, day)
    return [*executed, *_taken_back(provider, asked), *back, *costs]


def _last_day(asked: StatementBody) -> str:
    return (asked.end - timedelta(seconds=1)).date().isoformat()


def settled(provider: Provider, asked: StatementBody) -> Iterator[tuple[Charge | Refund, datetime]]:
    """List what moved money in the span, and when, in the order in which it was executed."""
    for execution in provider.books.executions:
        if execution.provider != provider.name:
            continue
        own, is_charge = provider.own, execution.kind is Kind.CHARGE
        item = own.charges[execution.id] if is_charge else own.refunds[execution.id]
        at = provider.books.settled_at.get(item.id, item.created)
        is_paid_out = item.currency == asked.currency or item.currency in asked.rates
        has_moved = item.status is Status.SUCCEEDED or item.id in own.later.reversed
        has_moved = has_moved and item.amount > 0
        if has_moved and is_paid_out and asked.start <= at < asked.end:
            yield item, at


def failed(provider: Provider, asked: StatementBody) -> Iterator[PayoutFailed]:
    """List the payouts that failed in the span: their amounts are paid out again."""
    for one in provider.own.later.failed.values():
        if one.currency == asked.currency and asked.start <= one.at < asked.end:
            yield one


def fail_payout(provider: Provider, asked: StatementBody, amount: int) -> PayoutFailed:
    """Let the payout of a file, of ``amount``, fail now; raises ``RequestRefused``."""
    id_ = payout_id(provider, asked)
    if amount <= 0 or asked.end > provider.books.now:
        raise RequestRefused("that span has no payout, or is not over")
    if id_ in provider.own.later.failed:
        raise RequestRefused("that payout failed already")
    entry = PayoutFailed(provider.name, id_, amount, asked.currency, provider.books.now)
    provider.books.record(entry)
    return entry


def payout_id(provider: Provider, asked: StatementBody) -> str:
    """Draw the name of the payout: the same for the same question."""
    entity = (provider.name, asked.currency, str(asked.start), str(asked.end))
    return provider.draws.name("po", "payout", *entity)


def paid_out(amount: int, currency: str, asked: StatementBody) -> int:
    """Convert an amount into the currency of the payout."""
    return rounded(amount * (PPM if currency == asked.currency else asked.rates[currency]))


def _taken_back(provider: Provider, asked: StatementBody) -> Iterator[_Line]:
    """List what disputes took and gave back in the span, and refunds that came back."""
    own = provider.own
    for changed in own.later.changes:
        dispute = changed.item
        is_return = dispute.kind == "bank_return"
        taken = "bank_return" if is_return else "dispute"
        if changed.moved and asked.start <= changed.at < asked.end:
            kind = taken if changed.moved < 0 else "dispute_reversal"
            fee = DISPUTE_FEE if kind == "dispute" else 0
            named = (kind, dispute.reference, dispute.charge)
            yield _moved(named, changed.moved, fee, dispute.currency, at=changed.at)
    for id_, at in own.later.reversed.items():
        refund = own.refunds[id_]
        if asked.start <= at < asked.end:
            named = ("refund_reversal", refund.reference, refund.id)
            yield _moved(named, refund.amount, 0, refund.currency, at=at)


def _moved(
    named: tuple[str, str, str], gross: int, fee: int, currency: str, *, at: datetime
) -> _Line:
    kind, reference, id_ = named
    return _Line(
        kind=kind,
        reference=reference,
        id=id_,
        gross=gross,
        gross_currency=currency,
        fee=fee,
        net=gross - fee,
        currency=currency,
        date=at.date().isoformat(),
    )


def _line(item: Charge | Refund, at: datetime, asked: StatementBody) -> _Line:
    is_charge = isinstance(item, Charge)
    gross = item.amount if is_charge else -item.amount
    converted = paid_out(gross, item.currency, asked)
    fee = rounded(converted * FEE_PPM) + FEE_FIXED if is_charge else 0
    return _Line(
        kind=Kind.CHARGE if is_charge else Kind.REFUND,
        reference=item.reference,
        id=item.id,
        gross=gross,
        gross_currency=item.currency,
        fee=fee,
        net=converted - fee,
        currency=asked.currency,
        date=at.date().isoformat(),
    )


def _costs(payout: str, asked: StatementBody, day: str) -> list[_Line]:
    """Take what the payout itself costs, and the tax on it."""
    costs = (("fee", PAYOUT_FEE), ("tax_on_fee", PAYOUT_FEE_TAX))
    return [_of_account(kind, f"{payout}_{kind}", asked, fee=cost, day=day) for kind, cost in costs]


def _of_account(
    kind: str, id_: str, asked: StatementBody, *, fee: int = 0, gross: int = 0, day: str
) -> _Line:
    return _Line(
        kind=kind,
        reference="",
        id=id_,
        gross=gross,
        gross_currency=asked.currency,
        fee=fee,
        net=gross - fee,
        currency=asked.currency,
        date=day,
    )


def _broken(lines: list[_Line], broken: Break | None) -> list[_Line]:
    """Break the first charge as asked; what it comes to is summed afterwards.

    The first is the one of the lowest id on the first day: charges of one instant may come in any
    order.
    """
    charges = [n for n, line in enumerate(lines) if line.kind == Kind.CHARGE]
    if not charges:
        return lines
    first = min(charges, key=lambda n: (lines[n].date, lines[n].id))
    one, rest = lines[first], lines[first + 1 :]
    match broken:
        case Break.MISSING_LINE:
            instead = []
        case Break.EXTRA_LINE:
            instead = [one, one._replace(reference="nobody-asked", id=f"{one.id}_extra")]
        case Break.DOUBLE_LINE:
            instead = [one, one._replace(id=f"{one.id}_again")]
        case Break.AMOUNT_OFF:
            instead = [one._replace(gross=one.gross + 1, net=one.net + 1)]
        case Break.WRONG_FEE:
            instead = [one._replace(fee=one.fee + 1)]
        case _:
            instead = [one]
    return [*lines[:first], *instead, *rest]


def rounded(ppm: int) -> int:
    """Round millionths to whole units, a half away from zero."""
    whole = (abs(ppm) + PPM // 2) // PPM
    return whole if ppm >= 0 else -whole
