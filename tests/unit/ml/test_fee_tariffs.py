"""The tariff that lines follow is found, with its bounds, whatever a minority of them says."""

from datetime import date

import numpy as np
import pytest

from ledgerline.ml.fees.fitting import Hints, fit
from ledgerline.ml.fees.lines import LINES_MIN, Columns, MixedCurrencies, TooFewLines, columns
from ledgerline.ml.fees.tariff import BANDS, MICRO, Tariff, same, told
from ledgerline.ml.fees.tiers import thresholds
from tests.unit.ml.fee_lines import CLUSTER, PLAIN, drawn, lines, whole

TARIFFS = (
    PLAIN,
    Tariff(29_000, 30 * MICRO),
    Tariff(6_530, 8_700_000),
    Tariff(25_000, 0),
    Tariff(14_000, 25 * MICRO, least_minor=45),
    Tariff(14_000, 25 * MICRO, most_minor=90),
    Tariff(19_000, 10 * MICRO, least_minor=30, most_minor=140),
)


def arrays(tariff: Tariff, count: int = 400) -> tuple[np.ndarray, np.ndarray]:
    some = columns(lines(count, tariff=tariff), [0] * count)
    return some.amounts, some.fees


@pytest.mark.parametrize("tariff", TARIFFS, ids=told)
def test_a_tariff_is_found_to_the_digit_with_its_bounds(tariff: Tariff) -> None:
    amounts, fees = arrays(tariff)
    assert fit(amounts, fees) == tariff
    # and neither the order of lines nor a third of them that is wrong changes it
    backwards = fit(amounts[::-1], fees[::-1])
    wrong = np.asarray([drawn(no, below=3) == 0 for no in range(len(fees))])
    assert (backwards, fit(amounts, np.where(wrong, fees + 40, fees))) == (tariff, tariff)


@pytest.mark.parametrize("scale", [1, 10, 100])
def test_a_currency_of_finer_units_has_the_same_share(scale: int) -> None:
    finer = Tariff(14_000, 25 * MICRO * scale)
    amounts = arrays(finer)[0] * scale
    fees = np.asarray([whole(finer.of(int(one))) for one in amounts])
    assert fit(amounts, fees) == finer


def test_rounding_of_a_batch_is_wider_than_of_a_line() -> None:
    amounts, _ = arrays(PLAIN)
    sums = np.cumsum(PLAIN.expected(amounts))
    fees = np.diff(np.concatenate([[0], (sums + MICRO // 2) // MICRO]))
    found = fit(amounts, fees)
    assert (found.rate_ppm, found.fixed_micro) == (PLAIN.rate_ppm, PLAIN.fixed_micro)
    assert found.band_micro == BANDS[1]
    assert bool(found.holds(amounts, fees).all())


def test_a_hint_tells_a_bound_that_few_lines_have() -> None:
    low = Tariff(14_000, 25 * MICRO, least_minor=32)
    amounts, fees = arrays(low, 24)
    assert fit(amounts, fees, Hints(least=(32,))).least_minor in {32, None}
    assert bool(fit(amounts, fees, Hints(least=(32,))).holds(amounts, fees).all())


def test_one_amount_says_what_it_costs_and_no_share() -> None:
    amounts = np.full(20, 999)
    assert fit(amounts, np.full(20, 39)) == Tariff(0, 39 * MICRO)


def test_too_few_lines_and_two_currencies_are_refused() -> None:
    amounts, fees = arrays(PLAIN, LINES_MIN - 1)
    with pytest.raises(TooFewLines, match="11 lines are too few: 12 are needed"):
        fit(amounts, fees)
    pounds = lines(2, cluster=CLUSTER._replace(currency="GBP"))
    with pytest.raises(MixedCurrencies, match="EUR and GBP"):
        columns([*lines(2), *pounds], [0] * 4)


def test_two_tariffs_are_the_same_that_take_the_same_of_usual_amounts() -> None:
    amounts, _ = arrays(PLAIN)
    assert same(PLAIN, PLAIN._replace(rate_ppm=14_050), amounts)
    assert not same(PLAIN, PLAIN._replace(rate_ppm=15_000), amounts)
    assert told(TARIFFS[-1]) == "1.9 % + 10, at least 30, at most 140"


def test_the_sums_of_a_month_from_which_less_is_taken_are_found() -> None:
    some, sums = lines(1_800, a_day=10), dict[tuple[int, int], int]()
    fees, volumes = [], []
    for one in some:
        month = (one.settled_on.year, one.settled_on.month)
        before = sums.get(month, 0)
        sums[month] = before + one.amount_minor
        off = 3_000 if before >= 900_000 else 1_500 if before >= 400_000 else 0
        fees.append(whole(PLAIN._replace(rate_ppm=14_000 - off).of(one.amount_minor)))
        volumes.append(before)
    assert min(list(sums.values())[:5]) > 1_200_000
    tiered = columns(some, volumes)._replace(fees=np.asarray(fees))
    assert thresholds([tiered]) == (400_000, 900_000)
    assert thresholds([columns(some, volumes)]) == ()
    assert thresholds([]) == ()


def test_lines_are_columns_in_their_order() -> None:
    found = columns(lines(3), [0, 5, 9])
    assert isinstance(found, Columns)
    assert (found.size, found.volumes.tolist()) == (3, [0, 5, 9])
    assert found.days[0] == date(2026, 1, 1).toordinal()
