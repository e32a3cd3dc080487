"""What settlement files say: every line of a file in the books, and of one that left them again."""

from typing import Final

import ibis
from ibis import Table
from ibis import _ as row

from ledgerline.datasets.node import Sources
from ledgerline.datasets.portable import Value, stacked

LEG_OF: Final = {
    "charge": "capture",
    "refund": "refund",
    "refund_reversal": "refund_reversal",
    "dispute": "chargeback",
    "bank_return": "chargeback",
    "dispute_reversal": "chargeback_reversal",
    "payout_reversal": "payout_reversal",
    "fx": "fx",
    "adjustment": "adjustment",
    "correction": "adjustment",
}
"""What a line moves of itself; costs and payouts are told apart."""
OF_FILES: Final = ("psp_fee", "psp_fee_tax", "fx_sold", "fx_bought", "payout")
"""Purposes of transfers that a file makes as a whole, and takes back as a whole."""
_CHARGES: Final = ("charge", "dispute", "bank_return", "dispute_reversal")
_REVERSAL: Final = "payout_reversal"
_REFUNDS: Final = ("refund", "refund_reversal")
COLUMNS: Final = (
    "leg_id", "side", "leg", "subject_id", "psp_account", "seller_code", "customer_id", "currency",
    "psp_ref", "file_ref", "file_id", "settled_on", "amount_minor", "leg_count", "booked_on",
)  # fmt: skip
_NAMES: Final = ("psp_account", "of", "subject_id", "customer_id", "psp_ref")


def lines_of(sources: Sources) -> Table:
    """Return the legs of lines: what each moves, what it costs, and what is paid out of it."""
    lines = named_lines(sources).join(_days(sources), ("file_id", "seller_code"))
    once = stacked(_gross(lines), _costs(lines), _exchanged(lines), _paid(lines), _announced(lines))
    back = once.filter(row.is_replaced).mutate(
        leg_id=row.leg_id + ":back",
        amount_minor=-row.amount_minor,
        leg_count=-row.leg_count,
        posted_on=row.taken_on,
    )
    return (
        stacked(once, back)
        .mutate(side=ibis.literal("theirs"), booked_on=row.posted_on)
        .mutate(side=ibis.ifelse(row.leg == "bank", "ours", row.side))
        .select(*COLUMNS)
    )


def named_lines(sources: Sources) -> Table:
    """Return the lines of files that were believed, each with the charge or refund it is of.

    By our reference, else by the provider's name where one of the account alone has it; else a line
    goes by its reference, or by itself. A payout that came back is named with its currency.
    """
    line = sources["settlement_line"]
    lines = line.filter(~line.is_quarantined).select(
        "line_id", "psp_account", "subject_id",
        psp_ref=ibis.ifelse(row.kind == _REVERSAL, _payout_named(), row.psp_ref),
        of=ibis.cases(
            (row.kind.isin(_CHARGES), "charge"), (row.kind.isin(_REFUNDS), "refund"),
            (row.kind == _REVERSAL, "payout"), else_="",
        ),
    )  # fmt: skip
    names = _names(sources)
    ours = names.group_by("psp_account", "of", "subject_id").agg(customer_id=row.customer_id.min())
    told = (
        names.filter(row.psp_ref.notnull())
        .group_by("psp_account", "of", "psp_ref")
        .agg(
            customer_id=row.customer_id.min(),
            subjects_count=row.subject_id.nunique(),
            named_id=row.subject_id.min(),
        )
        .filter(row.subjects_count == 1)
    )
    by_reference, by_name = ("psp_account", "of", "subject_id"), ("psp_account", "of", "psp_ref")
    left = lines.anti_join(ours, by_reference)
    found = stacked(
        lines.join(ours, by_reference).select("line_id", "subject_id", "customer_id"),
        left.join(told, by_name).select("line_id", "customer_id", subject_id=row.named_id),
        left.anti_join(told, by_name).select(
            "line_id",
            subject_id=ibis.coalesce(row.subject_id, row.line_id),
            customer_id=ibis.null("string"),
        ),
    )
    return line.drop("subject_id").join(found, "line_id")


def _names(sources: Sources) -> Table:
    charge = sources["charge_proof"].mutate(of=ibis.literal("charge"), subject_id=row.charge_id)
    refund = sources["refund_done"].mutate(of=ibis.literal("refund"), subject_id=row.refund_id)
    payout = sources["settlement_line"].filter(row.payout_id.notnull()).mutate(
        of=ibis.literal("payout"), subject_id=row.payout_id, customer_id=ibis.null("string"),
        psp_ref=_payout_named(),
    )  # fmt: skip
    return stacked(charge.select(*_NAMES), refund.select(*_NAMES), payout.select(*_NAMES))


def _payout_named() -> Value:
    """Name a payout: one name may stand for several, of a currency each."""
    name: Value = ibis.coalesce(row.psp_ref, row.file_ref)
    return name + " " + row.currency


def _days(sources: Sources) -> Table:
    """Say on which days of a seller's books a file came in, and went where it was replaced.

    One that posts nothing for a seller moves nothing either: the day it was kept will do.
    """
    line, transfer = sources["settlement_line"], sources["transfer"]
    kept = line.group_by("file_id", "seller_code").agg(kept_on=row.kept_on.min())
    booked = (
        transfer.filter(transfer.purpose.isin(OF_FILES))
        .group_by("seller_code", file_id=row.source_id)
        .agg(posted_on=row.booked_on.min(), last_on=row.booked_on.max())
    )
    key = ("file_id", "seller_code")
    days = stacked(
        kept.join(booked, key).select(*key, "posted_on", "last_on"),
        kept.anti_join(booked, key).select(*key, posted_on=row.kept_on, last_on=ibis.null("date")),
    )
    gone = sources["settlement_replaced"].select("file_id", "replaced_on")
    return stacked(
        days.anti_join(gone, "file_id").select(
            *key, "posted_on", is_replaced=ibis.literal(value=False), taken_on=ibis.null("date")
        ),
        days.join(gone, "file_id").select(
            *key, "posted_on", is_replaced=ibis.literal(value=True),
            taken_on=ibis.coalesce(row.last_on, row.replaced_on),
        ),
    )  # fmt: skip


def moving(lines: Table) -> Table:
    """Return the lines that move something of a payer, or stand alone, as the legs they are of."""
    leg: Value = ibis.cases(*((row.kind == kind, leg) for kind, leg in LEG_OF.items()), else_="")
    return lines.mutate(leg=leg, leg_id=row.line_id, currency=row.gross_currency).filter(
        row.leg != ""
    )


def _gross(lines: Table) -> Table:
    moved = moving(lines).mutate(amount_minor=row.gross_minor, leg_count=ibis.literal(1, "int64"))
    return moved.select(*_STATED)


def _costs(lines: Table) -> Table:
    is_tax = lines.kind == "tax_on_fee"
    return _of_file(
        lines.filter(lines.kind != "payout"),
        leg=ibis.ifelse(is_tax, "tax_on_fee", "fee"),
        amount=-lines.fee_minor,
    )


def _exchanged(lines: Table) -> Table:
    """Return what left in one currency and came in another, where a file exchanges."""
    crossed = lines.filter(lines.kind != "payout", lines.gross_currency != lines.currency)
    sold = crossed.mutate(currency=row.gross_currency)
    return stacked(
        _of_file(sold, leg=ibis.literal("fx_sold"), amount=-sold.gross_minor),
        _of_file(
            crossed,
            leg=ibis.literal("fx_bought"),
            amount=crossed.net_minor + crossed.fee_minor,
        ),
    )


def _paid(lines: Table) -> Table:
    """Return what of each line leaves with a payout of its file, or stays and is carried on."""
    out = lines.filter(lines.kind == "payout").select("file_id", "currency").distinct()
    inner = lines.filter(lines.kind != "payout")
    key = ("file_id", "currency")
    carried = inner.anti_join(out, key)
    paid = inner.join(out, key).select(*inner.columns)
    return stacked(
        _of_file(paid, leg=ibis.literal("payout"), amount=-paid.net_minor),
        _of_file(carried, leg=ibis.literal("carried"), amount=-carried.net_minor).mutate(
            subject_id=row.psp_account
        ),
    )


def _announced(lines: Table) -> Table:
    """Return what files announce to be on its way to the bank: ours, until the bank has it."""
    payout = lines.filter(lines.kind == "payout", lines.payout_id.notnull())
    return payout.mutate(
        leg=ibis.literal("bank"),
        leg_id=row.line_id,
        subject_id=row.payout_id,
        customer_id=ibis.null("string"),
        amount_minor=-row.net_minor,
        leg_count=ibis.literal(1, "int64"),
    ).select(*_STATED)


def _of_file(lines: Table, *, leg: Value, amount: Value) -> Table:
    """Return a part of each line that its file posts as a whole; who paid for it is kept."""
    return lines.mutate(
        leg=leg,
        leg_id=row.line_id,
        subject_id=row.file_id,
        amount_minor=amount,
        leg_count=ibis.literal(1, "int64"),
    ).select(*_STATED)


_STATED: Final = (
    "leg_id", "leg", "subject_id", "psp_account", "seller_code", "customer_id", "currency",
    "psp_ref", "file_ref", "file_id", "settled_on", "amount_minor", "leg_count", "posted_on",
    "taken_on", "is_replaced",
)  # fmt: skip
