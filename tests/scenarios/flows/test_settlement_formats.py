"""Files of Adyen and Stripe, written as they document them, come to the same books."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

import msgspec
import pytest

from ledgerline.datasets.audit import audit
from ledgerline.flows.import_settlement import NewSettlement, import_settlement
from ledgerline.flows.match_settlement import match_settlement
from ledgerline.payments.adapters.adyen.connector import Adyen
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import Psp
from tests.contracts.connectors.stripe import charge, listed, transaction
from tests.flow_world import NEW_YEAR, World
from tests.statements import clearing, open_reasons

FEE: Final = 42
NEXT: Final = NEW_YEAR.date() + timedelta(days=1)
MINOR: Final = 1199


class Sold(NamedTuple):
    """A capture of ours and what its provider calls it."""

    id: UUID
    psp_ref: str


def adyen(sold: Sequence[Sold]) -> bytes:
    """Write a settlement details report: two payments, a fee of the account, the payout."""
    costs = ("Commission (NC)", "Markup (NC)", "Scheme Fees (NC)", "Interchange (NC)")
    empty = dict.fromkeys(
        ("Psp Reference", "Merchant Reference", "Creation Date", "Type", "Modification Reference",
         "Gross Currency", "Gross Debit (GC)", "Gross Credit (GC)", "Net Currency",
         "Net Debit (NC)", "Net Credit (NC)", *costs), ""
    )  # fmt: skip
    day = {"Creation Date": "2026-01-01 10:00:00", "Gross Currency": "EUR", "Net Currency": "EUR"}
    rows = [
        {
            **empty, **day, "Type": "Settled", "Psp Reference": one.psp_ref,
            "Merchant Reference": str(one.id), "Modification Reference": f"M{one.psp_ref}",
            "Gross Credit (GC)": "11.99", "Net Credit (NC)": "11.57", "Markup (NC)": "0.12",
            "Interchange (NC)": "0.30",
        }
        for one in sold
    ]  # fmt: skip
    fee = {**empty, **day, "Type": "Fee", "Net Debit (NC)": "1.00"}
    paid = {**empty, **day, "Type": "MerchantPayout", "Net Debit (NC)": "22.14"}
    rows += [
        {**fee, "Modification Reference": "Transaction Fees"},
        {**paid, "Modification Reference": "batch 7"},
    ]
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(empty))
    table.writeheader()
    table.writerows(rows)
    return text.getvalue().encode()


def stripe(sold: Sequence[Sold]) -> bytes:
    """Write two pages of a payout's balance transactions; one charge bears no reference."""
    first, second = sold
    known = charge(id="ch_1", amount=MINOR, payment_intent=first.psp_ref,
                   metadata={"reference": str(first.id)})  # fmt: skip
    unnamed = charge(id="ch_2", amount=MINOR, payment_intent=second.psp_ref, metadata={})
    pages = [
        listed(transaction("charge", MINOR, FEE, known), has_more=True),
        listed(
            transaction("charge", MINOR, FEE, unnamed),
            transaction("stripe_fee", -100, 0, None),
            transaction("payout", -2214, 0, {"id": "po_7", "object": "payout"}),
        ),
    ]
    return b"\n".join(msgspec.json.encode(page) for page in pages)


@pytest.mark.parametrize(
    ("psp", "written", "payout"), [(Adyen(), adyen, "batch 7"), (Stripe(), stripe, "po_7")]
)
async def test_file_of_any_provider_is_reconciled_to_the_unit(
    fresh_world: World, psp: Psp, written: Callable[[Sequence[Sold]], bytes], payout: str
) -> None:
    world = fresh_world
    # given two sales of a day, and what a provider says of them in its own words
    for _ in range(2):
        await world.buy(await world.shopper())
    await world.advance(NEXT)
    sold = [Sold(*row) for row in await world.rows("SELECT id, psp_ref FROM attempt ORDER BY id")]
    raw = io.BytesIO(written(sold))
    # when it is imported
    new = NewSettlement(psp_account="aster", raw=raw, seller_code="nordic")
    imported = await import_settlement(world.run, psp, new)
    await match_settlement(world.run, psp_account="aster")
    # then each line is ours, by our reference or theirs, and nothing is left in clearing
    assert (imported.file.state, imported.breaks) == ("imported", 0), imported.file.why
    assert await world.rows(
        "SELECT subject_id FROM settlement_line WHERE match = 'matched' ORDER BY subject_id"
    ) == [(one.id,) for one in sold]
    assert await world.rows("SELECT reference, amount_minor FROM payout") == [(payout, 2214)]
    balances = await world.balances()
    assert (balances["psp_fees"], balances["in_transit"]) == (2 * FEE + 100, 2214)
    assert await clearing(world) == {}
    assert await open_reasons(world) == []
    assert [one.invariant.id for one in await audit(world.run) if one.broken] == []
