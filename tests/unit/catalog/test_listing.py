from datetime import UTC, datetime

from ledgerline.catalog.rules.listing import ListedPlan, listing
from ledgerline.catalog.rules.parse import parse
from tests.unit.catalog.texts import LARGER, planted

LATER = (
    "sources:\n",
    "  - {plan: solo_monthly, valid_from: 2026-07-01, amounts: {NO: 139.00}}\nsources:\n",
)

Told = tuple[str | None, str, int | None, list[int]]


def _prices(plan: ListedPlan) -> list[Told]:
    return [
        (
            price.phase,
            price.component,
            price.in_force.unit_num if price.in_force else None,
            [later.unit_num for later in price.coming],
        )
        for price in plan.prices
    ]


def test_plans_are_listed_with_what_is_in_force_and_what_comes() -> None:
    # given a rise on the first of July, on the last evening of June in Oslo
    catalog = parse(planted(LATER, into=LARGER))
    solo, hifi = listing(catalog, now=datetime(2026, 6, 30, 21, 59, tzinfo=UTC))
    # then the rise is to come
    assert (solo.phases, solo.add_ons) == (
        "trial 7 days, intro 3 months, evergreen", ["hifi_monthly"],
    )  # fmt: skip
    assert _prices(solo) == [
        (None, "setup", 5000, []),
        ("intro", "base", 6400, []),
        ("evergreen", "base", 12900, [13900]),
    ]
    assert _prices(hifi) == [("evergreen", "hifi", 3000, [])]
    # and a minute later, in force
    solo, _ = listing(catalog, now=datetime(2026, 6, 30, 22, 0, tzinfo=UTC))
    assert _prices(solo)[2] == ("evergreen", "base", 13900, [])


def test_a_price_that_has_not_begun_is_only_coming() -> None:
    solo, _ = listing(parse(LARGER), now=datetime(2025, 12, 1, tzinfo=UTC))
    assert _prices(solo)[2] == ("evergreen", "base", None, [12900])
