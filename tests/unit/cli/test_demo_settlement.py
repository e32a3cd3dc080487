"""What the demo pays out covers what it sells."""

from ledgerline.cli.demo_settlement import CURRENCY, RATES
from tests.shipped import shipped_catalog


def test_every_currency_that_is_sold_in_is_paid_out() -> None:
    sold = {market.currency for market in shipped_catalog().markets}
    assert sold == {CURRENCY, *RATES}
