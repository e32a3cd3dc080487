"""What must hold of the legs."""

from typing import Final

from ibis import Table
from ibis import _ as row

from ledgerline.datasets.checks import balance, differences
from ledgerline.datasets.node import Check, Params, Sources
from ledgerline.datasets.portable import stacked

_OF_FILES: Final = ("fee", "tax_on_fee", "fx_sold", "fx_bought", "payout")
_ACCOUNT: Final = ("psp_account", "seller_code", "currency", "booked_month")


def _unlike_the_books(sources: Sources, params: Params) -> Table:
    """Hold the moves of legs against all that the ledger moved in clearing, month by month."""
    legs = sources["cash_leg"]
    moved = balance(sources["transfer"], "psp_clearing").mutate(psp_account=row.part_code)
    return differences(
        legs.filter(
            legs.side.isin(("ledger", "suspense")),
            legs.leg != "bank",
            legs.booked_month.isin(params.months),
        ),
        moved.filter(row.booked_month.isin(params.months)),
        by=_ACCOUNT,
    )


def _booked_otherwise(sources: Sources, params: Params) -> Table:
    """Hold what our records prove against what the ledger has of it, leg by leg."""
    del params
    legs = sources["cash_leg"].filter(~row.leg.isin(_OF_FILES))
    return differences(
        legs.filter(row.side == "ours"),
        legs.filter(row.side == "ledger"),
        by=("leg", "subject_id", "currency"),
    )


def _charged_otherwise(sources: Sources, params: Params) -> Table:
    """Hold what files charge, exchange and pay out against what the books have of each file."""
    del params
    legs = sources["cash_leg"].filter(row.leg.isin(_OF_FILES))
    return differences(
        legs.filter(row.side == "theirs"),
        legs.filter(row.side == "ledger"),
        by=("leg", "subject_id", "seller_code", "currency"),
    )


def _unbalanced(sources: Sources, params: Params) -> Table:
    """Find files whose legs do not come to nothing once their payout has left."""
    del params
    lines = sources["cash_leg"].filter(row.side == "theirs", row.leg != "bank")
    return (
        lines.group_by("file_id", "currency")
        .agg(left_minor=row.amount_minor.sum().cast("int64"))
        .filter(row.left_minor != 0)
    )


def _missed(sources: Sources, params: Params) -> Table:
    """Hold the lines that are there against those that were read, file by file and to the unit."""
    del params
    line = sources["settlement_line"]
    read = line.filter(~line.is_quarantined, line.kind != "payout")
    legs = sources["cash_leg"].filter(row.side == "theirs", row.leg != "bank")
    found = legs.filter(row.leg_count == 1, row.leg.isin(("payout", "carried")))
    told = found.mutate(amount_minor=-row.amount_minor)
    return differences(
        told, read.mutate(amount_minor=row.net_minor), by=("file_id", "seller_code", "currency")
    )


def _on_the_way(sources: Sources, params: Params) -> Table:
    """Hold what is announced and no bank has yet against the account, by currency."""
    del params
    bank = sources["cash_leg"].filter(row.leg == "bank")
    announced = bank.filter(row.side == "ours").select("currency", "amount_minor")
    received = bank.filter(row.side == "theirs").select("currency", amount_minor=-row.amount_minor)
    return differences(
        stacked(announced, received), balance(sources["transfer"], "in_transit"), by=("currency",)
    )


def _banked_otherwise(sources: Sources, params: Params) -> Table:
    """Hold what banks received against the account."""
    del params
    bank = sources["cash_leg"].filter(row.leg == "bank", row.side == "theirs")
    return differences(bank, balance(sources["transfer"], "bank"), by=("currency",))


CHECKS: Final = (
    Check(
        "cash_leg_ledger",
        "legs move clearing as the ledger does, by merchant account",
        _unlike_the_books,
    ),
    Check("cash_leg_ours", "what our records prove is what the ledger booked", _booked_otherwise),
    Check(
        "cash_leg_files",
        "fees, conversions and payouts of a file are those in the ledger",
        _charged_otherwise,
    ),
    Check("cash_leg_payouts", "the legs of a file come to its payout", _unbalanced),
    Check("cash_leg_lines", "every line of a file is there once", _missed),
    Check("cash_leg_transit", "payouts less what banks have are on their way", _on_the_way),
    Check("cash_leg_bank", "what banks received is the balance in the ledger", _banked_otherwise),
)
