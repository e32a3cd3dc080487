"""To which plans a customer can move, and when each begins."""

from datetime import date

from ledgerline.rules.moving import Had, moves
from tests.unit.rules.sold import ALWAYS, YEARLY, Catalog, sold

HAS = Had(
    family="music",
    currency="EUR",
    plan_code="duo",
    unit_num=1499,
    unit_den=1,
    cadence_count=1,
    cadence_unit="month",
)


def test_what_is_dearer_begins_at_once_and_what_is_cheaper_later() -> None:
    catalog = Catalog(
        [
            sold("family", 1799), sold("duo", 1499), sold("single", 1199), sold("alike", 1499),
            sold("yearly", 9900, cadence=YEARLY), sold("extra", 200, product="extra"),
        ]
    )  # fmt: skip
    found = moves(HAS, catalog.shelf(date(2026, 1, 1)))
    assert [(one.price.plan_code, one.timing.value) for one in found] == [
        ("single", "period_end"), ("alike", "now"), ("family", "now"), ("yearly", "now"),
    ]  # fmt: skip


def test_nobody_moves_to_another_family_or_currency() -> None:
    shelf = Catalog([sold("family", 1799)]).shelf(ALWAYS)
    assert moves(HAS._replace(family="video"), shelf) == []
    assert moves(HAS._replace(currency="USD"), shelf) == []
