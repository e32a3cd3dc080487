"""Contracts are tried on lines that they were not read out of, beside what was loaded."""

from datetime import timedelta

from ledgerline.ml.fees.foreseen import PARTS, STEPS, Near, foreseen, near, parts, steps, tried
from ledgerline.ml.fees.lines import FeeLine
from ledgerline.ml.fees.tariff import MICRO, Tariff
from tests.unit.ml.fee_lines import BEGIN, CLUSTER, PLAIN, lines, whole

KEY = ("aster", "EUR")
DAY = BEGIN + timedelta(days=70)  # of the last thirty days of a hundred
ALL, NONE = Near(1_000_000, 1_000_000), Near(0, 0)


def test_what_stays_as_it_was_is_told_to_the_unit_and_a_wrong_card_is_not() -> None:
    some = lines(400)
    found = foreseen(some, cards={KEY: Tariff(20_000, 0)})
    assert found is not None
    assert (found.since, found.lines, found.contracts) == (DAY, 120, ALL)
    assert found.loaded.within_5_ppm < 100_000
    assert foreseen(some, cards={KEY: PLAIN}) == found._replace(loaded=ALL)
    nothing = foreseen(some)
    assert nothing is not None
    assert nothing.loaded == NONE


def test_what_changes_in_the_last_days_is_missed_by_its_volume() -> None:
    # given ten basis points more from the sixteenth of the last thirty days on
    more = PLAIN._replace(rate_ppm=PLAIN.rate_ppm + 1_000)

    def fee(no: int, line: FeeLine) -> int:
        return whole(more.of(line.amount_minor)) if no >= 340 else line.fee_minor

    some = lines(400, instead=fee)
    found = foreseen(some, announced={KEY: frozenset({DAY + timedelta(days=15)})})
    assert found is not None
    later = some[-120:]
    # a line is missed by what is beyond the rounding of its fee: small ones are not
    missed = sum(
        one.amount_minor
        for one in later[60:]
        if abs(one.fee_minor * MICRO - PLAIN.of(one.amount_minor)) - PLAIN.band_micro
        > 500 * one.amount_minor
    )
    share = 1 - missed / sum(one.amount_minor for one in later)
    assert found.contracts == Near(round(1_000_000 * share), 1_000_000)


def test_currencies_count_by_their_lines() -> None:
    yen = CLUSTER._replace(account="boreal", currency="JPY", charged_in="JPY")
    large = Tariff(30_000, 0)
    some = [*lines(400), *lines(400, cluster=yen, tariff=large)]
    found = foreseen(some, cards={KEY: PLAIN})
    assert found is not None
    assert found.contracts == ALL
    assert found.loaded.within_5_ppm == 500_000


def test_of_too_little_nothing_is_said() -> None:
    assert foreseen([]) is None
    assert foreseen(lines(100)) is None  # twenty-five days


def test_how_near_it_comes_is_told_by_steps_and_parts() -> None:
    # given cards whose fee is another one than that which is loaded
    dear = CLUSTER._replace(brand="amex")
    some = [*lines(400), *lines(400, cluster=dear, tariff=Tariff(30_000, 0))]
    found = tried(some, cards={KEY: PLAIN})
    assert found is not None
    by_step = steps(found)
    assert [one[0] for one in by_step] == list(STEPS)
    assert {one[1] for one in by_step} == {1_000_000}
    loaded = [one[2] for one in by_step]
    assert loaded == sorted(loaded)
    assert 0 < loaded[0] < 600_000
    shown = near(found)
    assert (shown.loaded.within_5_ppm, shown.loaded.within_15_ppm) == (by_step[3][2], by_step[5][2])
    by_part = parts(found)
    assert (len(by_part), sum(one[2] for one in by_part)) == (PARTS, len(found.lines))
    assert [one[0] for one in by_part] == sorted(one[0] for one in by_part)
    # what is kept differs from what is told by the rounding of lines alone
    assert all(abs(told - kept) < 500 for told, kept, _ in by_part)
    # of what nothing is told there is no part
    assert parts(found._replace(contracts=[None] * len(found.lines))) == []
