"""Settlement lines by a tariff that a test knows."""

from collections.abc import Callable
from datetime import date, timedelta
from hashlib import sha256
from typing import Final

from ledgerline.ml.fees.lines import Cluster, FeeLine
from ledgerline.ml.fees.tariff import MICRO, Tariff

BEGIN: Final = date(2026, 1, 1)
PRICES: Final = (399, 999, 1_199, 1_999, 2_450, 4_990, 7_777, 12_000, 19_900)
CLUSTER: Final = Cluster(
    account="aster", currency="EUR", charged_in="EUR", region="domestic", funding="credit",
    brand="visa",
)  # fmt: skip
PLAIN: Final = Tariff(rate_ppm=14_000, fixed_micro=25 * MICRO)
Fee = Callable[[int, FeeLine], int]
"""What is kept of the line of a number, whose fee is by the tariff, in minor units."""


def drawn(*of: object, below: int) -> int:
    """Draw a number by what it is for."""
    return int.from_bytes(sha256(repr(of).encode()).digest()[:8]) % below


def whole(micro: int) -> int:
    """Round millionths to whole units."""
    return (micro + MICRO // 2) // MICRO


def lines(
    count: int = 400,
    *,
    tariff: Tariff = PLAIN,
    cluster: Cluster = CLUSTER,
    a_day: int = 4,
    instead: Fee | None = None,
) -> list[FeeLine]:
    """Return lines of a cluster, some a day, with fees by a tariff rounded line by line."""
    found = []
    for no in range(count):
        price = PRICES[drawn(cluster, no, "price", below=len(PRICES))]
        amount = price + drawn(cluster, no, "use", below=3) * 37
        line = FeeLine(
            line=f"{cluster.account}{cluster.brand}:{no}",
            cluster=cluster,
            settled_on=BEGIN + timedelta(days=no // a_day),
            amount_minor=amount,
            fee_minor=whole(tariff.of(amount)),
        )
        found.append(line if instead is None else line._replace(fee_minor=instead(no, line)))
    return found
