"""Read contracts out of the lines of a simulated world, and say how near the truth that is."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Final, NamedTuple

from ledgerline.ml.fees.claims import claims
from ledgerline.ml.fees.contracts import Lookup, read_contracts
from ledgerline.ml.fees.lines import Cluster, FeeLine, volumes_of
from ledgerline.ml.fees.tariff import MICRO, Tariff
from pspsim.fees.contracts import BEGIN
from pspsim.fees.world import ACCOUNTS, CURRENCIES, FeeWorld, Kind, Settled

MODEL: Final = "model"
CARD: Final = "rate card"
AVERAGE: Final = "average share"
READERS: Final = (MODEL, AVERAGE, CARD)
ABOVE: Final[Mapping[str, int]] = {CARD: 1_000, AVERAGE: 600}
"""From how many bp above it on a baseline claims a line: what found most at 1 % false alarms."""
DAYS: Final = 180
AHEAD: Final = 30
Expected = Callable[[int], int]
"""What a reader takes to be kept of the line of a number, in millionths of a minor unit."""


class Job(NamedTuple):
    """One world: so many charges a day."""

    kind: Kind
    seed: int
    a_day: int


class Result(NamedTuple):
    """In percent: of volume, of errors, of their money and lines, and of lines that are right."""

    within_5: float
    within_15: float
    found: float | None
    money: float | None
    lines: float | None
    false: float


def read(job: Job, above: Mapping[str, int] = ABOVE) -> dict[str, Result]:
    """Read contracts up to the last month and price that by them; then claim over all days."""
    world = FeeWorld(job.kind, seed=job.seed, days=DAYS, a_day=job.a_day)
    settled = list(world.lines())
    lines = [_line(one) for one in settled]
    volumes = volumes_of(lines)
    ahead = BEGIN + timedelta(days=DAYS - AHEAD)
    known = [one for one in lines if one.settled_on < ahead]
    later = range(len(known), len(lines))
    cards = {
        (account, currency): Tariff(ppm, fixed * MICRO)
        for account in ACCOUNTS
        for currency in CURRENCIES
        for fixed, ppm in [world.card(account, currency)]
    }
    card = _by_card(lines, cards)
    priced = {
        MODEL: _by_model(world, known, lines, volumes, cards=cards),
        AVERAGE: _by_average(known, lines, card),
        CARD: card,
    }
    whole = read_contracts(lines, announced=world.announced, cards=cards)
    claimed = {
        MODEL: {int(no) for one in claims(lines, whole) for no in one.lines},
        AVERAGE: _above(lines, _by_average(lines, lines, card), above[AVERAGE]),
        CARD: _above(lines, card, above[CARD]),
    }
    return {name: _result(settled, priced[name], claimed[name], later=later) for name in READERS}


def _line(one: Settled) -> FeeLine:
    line = one.line
    cluster = Cluster(
        account=line.account,
        currency=line.currency,
        charged_in=line.currency,
        region=line.region,
        funding=line.funding,
        brand=line.brand,
    )
    return FeeLine(
        line=str(line.no),
        cluster=cluster,
        settled_on=line.settled_on,
        amount_minor=line.amount_minor,
        fee_minor=line.fee_minor,
    )


def _by_model(
    world: FeeWorld,
    known: Sequence[FeeLine],
    lines: Sequence[FeeLine],
    volumes: Sequence[int],
    *,
    cards: Mapping[tuple[str, str], Tariff],
) -> Expected:
    rates = Lookup(read_contracts(known, announced=world.announced, cards=cards))

    def expected(no: int) -> int:
        line = lines[no]
        rate = rates.of(line.cluster, volumes[no], line.settled_on)
        tariff = cards[line.cluster[:2]] if rate is None else rate.charged(line.settled_on)
        return tariff.of(line.amount_minor)

    return expected


def _by_card(lines: Sequence[FeeLine], cards: Mapping[tuple[str, str], Tariff]) -> Expected:
    def expected(no: int) -> int:
        tariff = cards[lines[no].cluster[:2]]
        return tariff.rate_ppm * lines[no].amount_minor + tariff.fixed_micro

    return expected


def _by_average(
    known: Sequence[FeeLine], lines: Sequence[FeeLine], otherwise: Expected
) -> Expected:
    """Take what was kept of lines of a cluster on average, as a share."""
    sums: dict[Cluster, list[int]] = {}
    for one in known:
        both = sums.setdefault(one.cluster, [0, 0])
        both[0] += one.fee_minor
        both[1] += one.amount_minor

    def expected(no: int) -> int:
        both = sums.get(lines[no].cluster)
        if both is None:
            return otherwise(no)
        return both[0] * MICRO * lines[no].amount_minor // both[1]

    return expected


def _above(lines: Sequence[FeeLine], expected: Expected, basis_points: int) -> set[int]:
    return {
        no
        for no, one in enumerate(lines)
        if one.fee_minor * MICRO - expected(no) > 100 * basis_points * one.amount_minor
    }


def _result(
    settled: Sequence[Settled], expected: Expected, claimed: set[int], *, later: Iterable[int]
) -> Result:
    volume = near = nearer = 0
    for no in later:
        one = settled[no]
        kept = one.agreed_micro + (one.line.fee_minor - one.agreed_minor) * MICRO
        off, amount = abs(expected(no) - kept), one.line.amount_minor
        volume += amount
        near += amount * (off <= 1_500 * amount)
        nearer += amount * (off <= 500 * amount)
    wrong = [no for no, one in enumerate(settled) if one.overcharge is not None]
    false = len(claimed - set(wrong)) / (len(settled) - len(wrong))
    by_error: dict[int, list[int]] = {}
    for no in wrong:
        by_error.setdefault(settled[no].overcharge or 0, []).append(no)
    shares = [_money(settled, set(some) & claimed) / _money(settled, some)
              for some in by_error.values()]  # fmt: skip
    return Result(
        within_5=100 * nearer / volume,
        within_15=100 * near / volume,
        found=100 * sum(one >= 0.5 for one in shares) / len(shares) if shares else None,
        money=100 * _money(settled, set(wrong) & claimed) / _money(settled, wrong)
        if wrong
        else None,
        lines=100 * len(set(wrong) & claimed) / len(wrong) if wrong else None,
        false=100 * false,
    )


def _money(settled: Sequence[Settled], which: Iterable[int]) -> int:
    return sum(settled[no].line.fee_minor - settled[no].agreed_minor for no in which)
