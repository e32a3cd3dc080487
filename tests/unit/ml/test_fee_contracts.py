"""Contracts are read out of lines, and what was not agreed is claimed; rounding never is."""

import json
from datetime import UTC, datetime, timedelta
from itertools import chain

import pytest

from ledgerline.ml.fees.artefact import artefact, plain_claim, summary
from ledgerline.ml.fees.claims import because, claims, dearer, held
from ledgerline.ml.fees.contracts import Contracts, Grade, Lookup, read_contracts
from ledgerline.ml.fees.lines import FeeLine, TooFewLines, volumes_of
from ledgerline.ml.fees.proposal import proposed
from ledgerline.ml.fees.tariff import MICRO, Tariff
from ledgerline.payments.rules.routing import NO_POLICY, Fee
from tests.unit.ml.fee_lines import BEGIN, CLUSTER, PLAIN, drawn, lines, whole

DEARER = PLAIN._replace(rate_ppm=17_000)
KEY = ("aster", "EUR")
WHEN = datetime(2026, 7, 1, tzinfo=UTC)


def between(first: int, last: int, tariff: Tariff = DEARER) -> list[FeeLine]:
    """Return 180 days of lines, of which those from one day to before another have a tariff."""

    def fee(no: int, line: FeeLine) -> int:
        return whole(tariff.of(line.amount_minor)) if first <= no // 4 < last else line.fee_minor

    return lines(720, instead=fee)


def test_what_is_exactly_as_agreed_is_one_rate_and_no_claim() -> None:
    some = lines(720)
    found = read_contracts(some)
    [rate] = found.rates
    assert (rate.tariff, rate.since, rate.until, rate.lines) == (PLAIN, BEGIN, None, 720)
    assert (rate.grade, rate.median_error_ppm, rate.are_held_to) == (Grade.GOOD, 0, True)
    assert claims(some, found) == []
    assert read_contracts(sorted(some, key=lambda one: drawn(one.line, below=99))) == found


def test_what_is_dearer_for_a_while_is_claimed_to_the_unit() -> None:
    some = between(60, 75)
    wrong = some[240:300]
    [claim] = claims(some, read_contracts(some))
    assert (claim.cluster, claim.since, claim.until) == (
        CLUSTER, BEGIN + timedelta(days=60), BEGIN + timedelta(days=74)
    )  # fmt: skip
    assert claim.lines == tuple(one.line for one in wrong)
    assert claim.charged_minor == sum(one.fee_minor for one in wrong)
    assert claim.expected_minor == whole(sum(PLAIN.of(one.amount_minor) for one in wrong))
    assert (claim.agreed, claim.charged_as) == (PLAIN, DEARER)
    assert because(claim) == "agreed was 1.4 % + 25; these lines follow 1.7 % + 25"
    assert plain_claim(claim)["over_minor"] == claim.charged_minor - claim.expected_minor > 0


def test_one_seller_claims_its_own_by_what_all_sold_at_the_account() -> None:
    # given two sellers at an account, which takes less once both together sold so much in a month
    less = PLAIN._replace(rate_ppm=10_000)
    plain = [one._replace(seller=("a", "b")[no % 2]) for no, one in enumerate(lines(720, a_day=8))]

    def agreed(one: FeeLine, volume: int) -> FeeLine:
        return one._replace(fee_minor=whole((less, PLAIN)[volume < 600_000].of(one.amount_minor)))

    some = [agreed(*two) for two in zip(plain, volumes_of(plain), strict=True)]
    contracts = read_contracts(some)
    assert contracts.thresholds == {KEY: (600_000,)}
    assert claims(some, contracts) == []
    # when some lines of both are dearer, by more than the tier
    wrong = [
        one._replace(fee_minor=one.fee_minor + 50) if no in range(300, 330) else one
        for no, one in enumerate(some)
    ]
    told = {seller: claims(wrong, contracts, seller=seller) for seller in ("a", "b", None)}
    over = {seller: sum(one.over_minor for one in found) for seller, found in told.items()}
    # then each claims what it lost, and both together what all lost
    assert {name: len([line for one in found for line in one.lines])
            for name, found in told.items()} == {"a": 15, "b": 15, None: 30}  # fmt: skip
    assert abs(over["a"] + over["b"] - over[None]) <= 1
    assert len(held(wrong, contracts)) == len(wrong)


def test_a_few_lines_that_are_wrong_are_claimed_and_one_is_not() -> None:
    def fee(no: int, line: FeeLine) -> int:
        return line.fee_minor + 25 if no in hit else line.fee_minor

    hit = {300, 310, 322}
    some = lines(720, instead=fee)
    [claim] = claims(some, read_contracts(some))
    assert (len(claim.lines), claim.over_minor, claim.charged_as) == (3, 75, None)
    assert because(claim).endswith("these lines are dearer than its rounding allows")
    hit = {300}
    some = lines(720, instead=fee)
    found = read_contracts(some)
    assert (len(dearer(some, found)), claims(some, found)) == (1, [])


def test_a_contract_that_changes_for_good_is_two_rates_and_no_claim() -> None:
    some = between(90, 180)
    found = read_contracts(some)
    assert [(one.tariff, one.since, one.until) for one in found.rates] == [
        (PLAIN, BEGIN, BEGIN + timedelta(days=90)),
        (DEARER, BEGIN + timedelta(days=90), None),
    ]
    assert claims(some, found) == []


def test_what_is_dearer_of_late_is_claimed_unless_it_was_announced() -> None:
    some = between(160, 180)
    found = read_contracts(some)
    [rate] = found.rates
    assert (rate.tariff, rate.charged(BEGIN)) == (PLAIN, PLAIN)
    assert rate.charged(BEGIN + timedelta(days=200)) == DEARER
    [claim] = claims(some, found)
    assert claim.since == BEGIN + timedelta(days=160)
    told = {KEY: frozenset({BEGIN + timedelta(days=160)})}
    assert claims(some, read_contracts(some, announced=told)) == []


def test_what_was_dearer_at_first_or_after_a_change_is_claimed_too() -> None:
    early = between(0, 20)
    assert [len(one.lines) for one in claims(early, read_contracts(early))] == [80]
    cheaper = between(60, 100, PLAIN._replace(rate_ppm=11_000))
    assert claims(cheaper, read_contracts(cheaper)) == []


def test_thin_clusters_take_the_shape_of_others_and_are_held_to_nothing() -> None:
    amex = CLUSTER._replace(brand="amex")
    dear = PLAIN._replace(rate_ppm=24_000)
    some = [*lines(720), *lines(9, cluster=amex, tariff=dear)]
    found = read_contracts(some)
    [thin] = [one for one in found.rates if one.cluster == amex]
    assert (thin.tariff.fixed_micro, thin.are_held_to, thin.grade) == (
        PLAIN.fixed_micro, False, Grade.FAIR
    )  # fmt: skip
    assert abs(thin.tariff.rate_ppm - 24_000) < 500
    # and where nothing is like it, what was loaded counts
    card = Tariff(30_000, 10 * MICRO)
    alone = lines(14, cluster=amex, tariff=dear, instead=lambda no, _: 30 + 7 * (no % 3))
    [only] = read_contracts(alone, cards={KEY: card}).rates
    assert (only.tariff, only.grade, only.are_held_to) == (card, Grade.CARD, False)


def test_too_few_lines_are_refused() -> None:
    with pytest.raises(TooFewLines):
        read_contracts(lines(11))


def test_volumes_and_rates_begin_anew_each_month() -> None:
    some = lines(280)
    volumes = volumes_of(some)
    first = next(no for no, one in enumerate(some) if one.settled_on.month == 2)
    assert (volumes[0], volumes[1], volumes[first]) == (0, some[0].amount_minor, 0)
    tiers = Contracts((), {KEY: (1_000, 5_000)})
    assert [tiers.floor(CLUSTER, sum_) for sum_ in (0, 999, 1_000, 9_999)] == [0, 0, 1_000, 5_000]
    assert Lookup(tiers).of(CLUSTER, 0, BEGIN) is None


def test_the_same_lines_give_the_same_artefact_in_whole_numbers() -> None:
    some = between(60, 75)
    text = artefact(read_contracts(some), trained_at=WHEN, told={"release": 3})
    assert text == artefact(read_contracts(some), trained_at=WHEN, told={"release": 3})
    found = json.loads(text)
    assert (found["kind"], len(found["sha256"]), found["metrics"]["release"]) == ("fees", 64, 3)
    [rate] = found["contracts"]["rates"]
    assert (rate["rate_ppm"], rate["fixed_micro"], rate["least_minor"]) == (
        14_000, 25_000_000, None
    )  # fmt: skip
    numbers = [one for one in chain(rate.values()) if isinstance(one, float)]
    assert (numbers, summary(read_contracts(some))["lines_held_to"]) == ([], 720)


def test_routing_is_proposed_what_charges_cost_now() -> None:
    some = between(160, 180)
    found = proposed(NO_POLICY, some, read_contracts(some))
    assert found.fees == {"aster": {"EUR": Fee(fixed_minor=25, ppm=17_000)}}
    assert (found.rules, found.default) == ((), ("aster",))
    exchanged = [one._replace(cluster=CLUSTER._replace(charged_in="USD")) for one in some]
    assert proposed(NO_POLICY, exchanged, read_contracts(exchanged)).fees == {}
