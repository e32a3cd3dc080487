"""Tax is rounded by one policy of the market, on every path and for good."""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor
from pathlib import Path
from typing import NamedTuple, cast
from uuid import UUID

import pytest

from ledgerline.base.ids import encode
from ledgerline.base.money import RoundingMode, rounded
from ledgerline.catalog.model import (
    Catalog,
    RoundingComponents,
    TaxBehavior,
    TaxComponent,
    TaxTreatment,
)
from ledgerline.catalog.rules.findings import CatalogRefused
from ledgerline.cli.explanation import explain_invoice
from ledgerline.datasets.audit import audit
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.flows.read_catalog import read_catalog
from ledgerline.flows.request_refund import RefundOrder, request_refund
from ledgerline.pricing.model import Priced
from ledgerline.rules.quote import Order
from tests.flow_catalog import Offer, Place, small_catalog
from tests.flow_values import Bought, Shopper
from tests.flow_world import World, open_world

BEGIN = datetime(2026, 1, 1, 9, tzinfo=UTC)


class Case(NamedTuple):
    """A market, what two plans cost in it, and what of their prices is tax there."""

    place: Place
    small: int
    tax: int
    big: int
    big_tax: int
    words: str


CASES = {
    "down": Case(  # 985 contains 89.55 and 1990 contains 180.91
        place=Place("JPY", "Etc/UTC", rate_ppm=100_000, mode=RoundingMode.DOWN),
        small=985,
        tax=89,
        big=1990,
        big_tax=180,
        words=", rounded down",
    ),
    "up": Case(  # 1990 contains 147.41 and 4985 contains 369.26
        place=Place("KWD", "Etc/UTC", rate_ppm=80_000, mode=RoundingMode.UP),
        small=1990,
        tax=148,
        big=4985,
        big_tax=370,
        words=", rounded up",
    ),
}


def taxes(priced: Priced) -> list[int]:
    return [line.tax_minor for line in priced.lines]


async def billed(world: World, bought: Bought) -> list[tuple[str, int, int]]:
    """Read the lines of a subscription: (cause, tax, with tax), oldest first."""
    rows = await world.rows(
        "SELECT i.cause, l.tax_minor, l.gross_minor FROM invoice_line l"
        " JOIN invoice i ON (i.bucket, i.id) = (l.bucket, l.invoice_id)"
        " WHERE i.subscription_id = %s ORDER BY l.period_start, i.issued_at",
        bought.subscription_id,
    )
    return [(cause, tax, gross) for cause, tax, gross in rows]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
async def test_every_path_rounds_as_the_market_does(
    case: Case, fresh_database_url: str, tmp_path: Path
) -> None:
    offers = (Offer("small", case.small), Offer("big", case.big))
    catalog = small_catalog(*offers, place=case.place)
    exact = Fraction(case.place.rate_ppm, 1_000_000 + case.place.rate_ppm)
    away = floor if case.place.mode is RoundingMode.DOWN else ceil
    async with open_world(fresh_database_url, tmp_path, at=BEGIN, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        # when it is asked for, and bought
        quote = await quote_purchase(world.run, Order(shopper.customer_id, "small"))
        bought = await world.buy(shopper, "small")
        # then the invoice is the quote, and so is what comes next
        assert quote.after is not None
        assert taxes(quote.bill.priced) == taxes(quote.after.bill.priced) == [case.tax]
        assert await billed(world, bought) == [("purchase", case.tax, case.small)]
        # when the plan is changed in the middle of the second period
        await world.advance(datetime(2026, 2, 11, 9, tzinfo=UTC))
        preview = (await world.preview(bought, "big")).proposal
        await world.change(bought, "big")
        # then the renewal before it, its own invoice and the renewal after it are rounded alike
        await world.advance(datetime(2026, 3, 1, 9, tzinfo=UTC))
        rest = preview.bill.priced.gross_minor
        assert taxes(preview.bill.priced) == [away(rest * exact)]
        assert await billed(world, bought) == [
            ("purchase", case.tax, case.small),
            ("renewal", case.tax, case.small),
            ("change", away(rest * exact), rest),
            ("renewal", case.big_tax, case.big),
        ]
        # and what the change gave back was, as a share of the tax of its line
        [(_, _, tax, total)] = await world.notes(shopper.customer_id)
        assert tax == away(Fraction(case.tax * total, case.small))
        assert preview.credited_minor == total
        invoice_id = await _refund_in_parts(world, shopper, case)
        # and the invoice says how it was rounded
        told = await explain_invoice(world.run, encode("inv", invoice_id))
        assert told["lines"][0]["formula"].endswith(f" %{case.words}")
        assert await audit(world.run) == []


async def _refund_in_parts(world: World, shopper: Shopper, case: Case) -> UUID:
    """Refund the last invoice in three parts, which give its tax back to the unit."""
    [(payment_id, invoice_id)] = await world.rows(
        "SELECT p.id, i.id FROM invoice i JOIN payment p ON p.invoice_id = i.id"
        " WHERE i.total_minor = %s",
        case.big,
    )
    for part in (333, 777, case.big - 1110):
        await request_refund(world.run, world.psps, RefundOrder(payment_id, part, "goodwill"))
    notes = await world.notes(shopper.customer_id)
    shares = [Fraction(case.big_tax * cum, case.big) for cum in (0, 333, 1110, case.big)]
    steps = [rounded(share, case.place.mode) for share in shares]
    given = sorted(tax for why, _, tax, _ in notes if why == "refund")
    assert given == sorted(after - before for before, after in pairwise(steps))
    assert sum(given) == case.big_tax
    return cast("UUID", invoice_id)


async def test_rounding_of_a_market_is_kept(fresh_database_url: str, tmp_path: Path) -> None:
    catalog = small_catalog(Offer("small", 985), place=CASES["down"].place)
    async with open_world(fresh_database_url, tmp_path, at=BEGIN, catalog=catalog) as world:
        # given a market that nobody has bought in yet
        [market] = catalog.markets
        changed = replace(market, rounding_mode=RoundingMode.UP)
        # when it is loaded again with another rounding
        with pytest.raises(CatalogRefused) as refused:
            await load_catalog(world.run, replace(catalog, markets=(changed,)))
        # then it keeps the one it has
        found = cast("list[dict[str, object]]", refused.value.facts["findings"])
        assert [one["code"] for one in found] == ["market_changed"]
        assert (await read_catalog(world.run)).markets == (market,)


def _printed(catalog: Catalog) -> Catalog:
    [seller], [market], [rate] = catalog.sellers, catalog.markets, catalog.tax_rates
    return replace(
        catalog,
        sellers=(replace(seller, colour="#1f7a5c", logo="<svg/>", email="a@b.example"),),
        markets=(replace(market, simplified_up_to_minor=25_000),),
        tax_rates=(replace(rate, name="GST", reason="Act 1", source="Act 2"),),
    )


async def test_components_are_charged_and_a_catalog_is_read_back_whole(
    fresh_database_url: str, tmp_path: Path
) -> None:
    """10.50 without tax, CGST 9 % and SGST 9 %: one half of 0.945 used twice, never 1.89."""
    halves = (TaxComponent("CGST", 90_000), TaxComponent("SGST", 90_000))
    place = Place(
        "INR", "Etc/UTC", TaxBehavior.EXCLUSIVE, 180_000,
        components=halves, rounds=RoundingComponents.EQUAL,
    )  # fmt: skip
    catalog = small_catalog(Offer("small", 1050), place=place)
    async with open_world(fresh_database_url, tmp_path, at=BEGIN, catalog=catalog) as world:
        shopper = await world.shopper("XX")
        quote = await quote_purchase(world.run, Order(shopper.customer_id, "small"))
        bought = await world.buy(shopper, "small")
        assert [one.components_minor for one in quote.bill.priced.groups] == [(95, 95)]
        assert await billed(world, bought) == [("purchase", 190, 1240)]
        # when everything that may change is loaded again
        printed = _printed(catalog)
        await load_catalog(world.run, printed)
        # then it is read back as it was written
        read = await read_catalog(world.run)
        assert (read.sellers, read.markets) == (printed.sellers, printed.markets)
        assert read.tax_rates == printed.tax_rates
        assert read.tax_rates[0].treatment is TaxTreatment.STANDARD
