from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from ledgerline.base.calendar import Period
from ledgerline.base.money import Currency, RoundingMode, round_half_away
from ledgerline.catalog.model import PPM, TaxBehavior
from ledgerline.pricing.model import BilledLine, Discount, LineCredit, PricedLine, Rounding, Terms
from ledgerline.pricing.rules.credit import (
    amount_of,
    remainder,
    seats,
    split,
    unused,
    withheld,
)
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.rules.price import price
from ledgerline.pricing.rules.recognition import earned
from tests.unit.pricing.lines import TERMS, billed, credited, deferred, piece, priced

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
LENGTHS = st.one_of(st.sampled_from((1, 7, 28, 29, 30, 31, 90, 365, 366)), st.integers(1, 400))
AMOUNTS = st.one_of(st.integers(0, 5_000), st.integers(0, 2 * 10**12))
CURRENCIES = st.sampled_from((Currency("JPY"), Currency("EUR"), Currency("KWD")))
RATES = st.sampled_from((0, 81_000, 100_000, 190_000, 255_000, PPM))
DISCOUNTS = st.builds(Discount, percent_ppm=st.integers(0, PPM), amount_minor=st.integers(0, 5_000))
NEAREST = (RoundingMode.HALF_UP, RoundingMode.HALF_EVEN)
ROUNDINGS = st.builds(Rounding, mode=st.sampled_from(RoundingMode))
TERMS_OF = st.builds(
    Terms,
    price_id=st.just(TERMS.price_id),
    plan_code=st.just("plan"),
    plan_name=st.just("Plan"),
    currency=CURRENCIES,
    unit=st.builds(Fraction, st.integers(0, 10**7), st.sampled_from((1, 1, 3, 1000))),
    quantity=st.integers(1, 1_000),
    behavior=st.sampled_from(TaxBehavior),
    tax_category=st.sampled_from(("digital_services", "books")),
    tax_rate_ppm=RATES,
    discount=DISCOUNTS,
    rounding=ROUNDINGS,
)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """Draw a grid period."""
    start = draw(DAYS)
    return Period(start, start + timedelta(days=draw(LENGTHS)))


@st.composite
def stubs(draw: st.DrawFn) -> tuple[Period, Period]:
    """Draw a grid period and a piece of it, of at least a day."""
    grid = draw(periods())
    first = draw(st.integers(0, grid.days - 1))
    last = draw(st.integers(first + 1, grid.days))
    part = Period(grid.start + timedelta(days=first), grid.start + timedelta(days=last))
    return part, grid


@st.composite
def lines(draw: st.DrawFn) -> PricedLine:
    """Draw a priced line, whole or a stub."""
    part, grid = draw(stubs())
    return priced(draw(TERMS_OF), period=part, grid=grid)


def _cuts(grid: Period, offsets: list[int]) -> list[date]:
    inner = {grid.start + timedelta(days=offset % grid.days) for offset in offsets}
    return sorted({grid.start, grid.end} | inner)


@given(AMOUNTS, periods(), st.lists(st.integers(0, 400), max_size=12))
def test_any_partition_sums_to_the_price(amount: int, grid: Period, offsets: list[int]) -> None:
    parts = [
        portion(amount, piece=Period(*cut), grid=grid) for cut in pairwise(_cuts(grid, offsets))
    ]
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)


@given(AMOUNTS, stubs())
def test_piece_is_within_one_unit_of_its_exact_share(
    amount: int, stub: tuple[Period, Period]
) -> None:
    part, grid = stub
    exact = Fraction(amount * part.days, grid.days)
    assert abs(portion(amount, piece=part, grid=grid) - exact) <= 1


@given(lines())
def test_line_foots_and_is_never_negative(line: PricedLine) -> None:
    assert line.net_minor + line.tax_minor == line.gross_minor
    assert min(line.net_minor, line.tax_minor, line.discount_minor) >= 0
    full = line.terms.unit * line.terms.quantity
    assert line.grid_minor + line.discount_minor == round_half_away(full)


@given(TERMS_OF, stubs(), st.integers(1, 10**6))
def test_dearer_price_never_costs_less(
    terms: Terms, stub: tuple[Period, Period], more: int
) -> None:
    part, grid = stub
    cheap = priced(terms, period=part, grid=grid)
    dear = priced(replace(terms, unit=terms.unit + more), period=part, grid=grid)
    assert cheap.gross_minor <= dear.gross_minor
    assert cheap.net_minor <= dear.net_minor


@given(TERMS_OF, stubs())
def test_longer_piece_never_costs_less(terms: Terms, stub: tuple[Period, Period]) -> None:
    part, grid = stub
    whole = Period(part.start, grid.end)
    assert (
        priced(terms, period=part, grid=grid).gross_minor
        <= priced(terms, period=whole, grid=grid).gross_minor
    )


@given(st.lists(TERMS_OF, min_size=1, max_size=6), st.sampled_from(TaxBehavior), ROUNDINGS, stubs())
def test_document_foots_and_its_groups_are_rounded_once(
    several: list[Terms], behavior: TaxBehavior, rounding: Rounding, stub: tuple[Period, Period]
) -> None:
    part, grid = stub
    stated = [replace(terms, behavior=behavior, rounding=rounding) for terms in several]
    done = price(tuple(piece(terms, period=part, grid=grid) for terms in stated))
    assert done.net_minor + done.tax_minor == done.gross_minor
    assert sum(group.net_minor for group in done.groups) == done.net_minor
    assert sum(group.tax_minor for group in done.groups) == done.tax_minor
    for group in done.groups:
        exact = Fraction(group.net_minor * group.taxation.rate_ppm, PPM)
        # what tax a price contains is rounded from the price: seen from the net it is off by more
        most = 1 if rounding.mode in NEAREST else 1 + Fraction(group.taxation.rate_ppm, PPM)
        assert abs(group.tax_minor - exact) <= most
    # and no line bears more than a unit more or less than alone
    for terms, line in zip(stated, done.lines, strict=True):
        alone = priced(terms, period=part, grid=grid)
        assert abs(line.tax_minor - alone.tax_minor) <= 1


@given(TERMS_OF, periods(), st.integers(0, 400))
def test_what_is_credited_and_what_is_kept_are_the_line(
    terms: Terms, grid: Period, offset: int
) -> None:
    # given a whole period, cut on some day
    cut = grid.start + timedelta(days=offset % grid.days)
    line = priced(terms, period=grid, grid=grid)
    credit = unused(billed(line), cut=cut)
    back = credit.gross_minor if credit else 0
    # then what is kept is what the used days cost, by the basis of the price
    stated = line.gross_minor if terms.behavior is TaxBehavior.INCLUSIVE else line.net_minor
    kept = portion(stated, piece=Period(grid.start, cut), grid=grid)
    if terms.behavior is TaxBehavior.INCLUSIVE:
        assert back + kept == line.gross_minor
    assert 0 <= back <= line.gross_minor
    if credit:
        assert credit.net_minor + credit.tax_minor == credit.gross_minor
        assert min(credit.net_minor, credit.tax_minor) >= 0


Act = tuple[int, int, int]  # an amount, of days from, days of
ACTS = st.lists(
    st.tuples(st.integers(0, 10**9), st.integers(0, 400), st.integers(1, 400)), max_size=8
)


def _refunded(line: BilledLine, acts: list[Act]) -> BilledLine:
    """Refund amounts that fit over spans inside the line, booked on days that only go on."""
    booked = line.period.start
    for amount, first, length in acts:
        gross = amount % (remainder(line) + 1)
        if gross == 0:
            continue
        start = line.period.start + timedelta(days=first % line.period.days)
        span = Period(start, min(start + timedelta(days=length), line.period.end))
        booked += timedelta(days=first % 40)
        line = credited(line, amount_of(line, gross, span=span), on=booked)
    return line


@given(lines(), ACTS, st.integers(0, 400))
def test_credits_of_a_line_never_exceed_it(line: PricedLine, acts: list[Act], offset: int) -> None:
    # given refunds of any amounts that fit and then a cancellation
    state = _refunded(billed(line), acts)
    cut = line.period.start + timedelta(days=offset % line.period.days)
    last = unused(state, cut=cut)
    if last is not None:
        state = credited(state, last, on=cut)
    # then
    taxes = state.credited_tax_minor
    assert 0 <= state.credited_gross_minor <= line.gross_minor
    assert 0 <= taxes <= line.tax_minor
    if remainder(state) == 0:
        assert taxes == line.tax_minor or line.gross_minor == 0


@given(lines(), ACTS, st.integers(0, 400))
def test_cut_gives_what_its_days_are_worth_less_what_they_bore(
    line: PricedLine, acts: list[Act], offset: int
) -> None:
    state = _refunded(billed(line), acts)
    cut = line.period.start + timedelta(days=offset % line.period.days)
    credit = unused(state, cut=cut)
    worth = unused(billed(line), cut=cut)
    bore = Fraction(0)
    for one in state.corrections:
        to_come = max((one.end - max(cut, one.start)).days, 0)
        bore += Fraction(one.gross_minor * to_come, one.days)
    full = worth.gross_minor if worth else 0
    exact = max(Fraction(0), min(full - bore, Fraction(remainder(state))))
    back = credit.gross_minor if credit else 0
    assert abs(back - exact) <= Fraction(len(state.corrections), 2)


@given(lines(), ACTS, st.integers(0, 400))
def test_refunds_under_way_withhold_exactly_what_the_cut_lacks(
    line: PricedLine, acts: list[Act], offset: int
) -> None:
    given_back = _refunded(billed(line), acts[:4])
    promised = _refunded(given_back, acts[4:]).corrections[len(given_back.corrections) :]
    state = replace(given_back, reserved=promised)
    cut = line.period.start + timedelta(days=offset % line.period.days)

    def gross(credit: LineCredit | None) -> int:
        return credit.gross_minor if credit else 0

    lacks = gross(unused(given_back, cut=cut)) - gross(unused(state, cut=cut))
    assert withheld(state, cut=cut) == lacks >= 0


@given(st.lists(lines(), min_size=1, max_size=5), st.integers(0, 10**12))
def test_sum_is_spread_without_giving_any_line_too_much(
    several: list[PricedLine], amount: int
) -> None:
    state = [billed(line) for line in several]
    whole = sum(line.gross_minor for line in state)
    wanted = amount % (whole + 1)
    parts = split(state, wanted)
    assert sum(parts) == wanted
    for line, part in zip(state, parts, strict=True):
        assert 0 <= part <= line.gross_minor
        if whole:
            assert abs(part - Fraction(wanted * line.gross_minor, whole)) < 1


@given(lines(), st.integers(1, 1_200), st.integers(0, 400))
def test_units_given_back_are_their_share_and_all_of_them_are_the_line(
    line: PricedLine, fewer: int, offset: int
) -> None:
    cut = line.period.start + timedelta(days=offset % line.period.days)
    whole = unused(billed(line), cut=cut)
    found = seats([billed(line)], fewer=fewer, cut=cut)
    if whole is None:
        assert found == ()
        return
    back = sum(credit.gross_minor for _, credit in found)
    share = Fraction(whole.gross_minor * min(fewer, line.terms.quantity), line.terms.quantity)
    assert abs(back - share) <= Fraction(1, 2)
    if fewer >= line.terms.quantity:
        assert back == whole.gross_minor


def _given_back(line: BilledLine, acts: list[Act]) -> BilledLine:
    """Give amounts back of the whole line, of what is to come or of what is over, day after day."""
    booked = line.period.start
    for amount, which, wait in acts:
        booked += timedelta(days=wait % 40)
        gross = amount % (remainder(line) + 1)
        to_come = Period(min(booked, line.period.end), line.period.end)
        over = Period(line.period.start, to_come.start)
        span = (line.period, to_come, over)[which % 3]
        if gross > 0 and span.days > 0:
            line = credited(line, amount_of(line, gross, span=span), on=booked)
    return line


@given(lines(), ACTS)
def test_what_is_earned_and_what_is_deferred_are_the_line(
    line: PricedLine, acts: list[Act]
) -> None:
    state = _given_back(billed(line), acts)
    begun = state.period.start
    until = max(state.period.end, *(one.booked_on for one in state.corrections), begun)
    month = begun.replace(day=1)
    so_far = 0
    while month <= until:
        following = (month + timedelta(days=32)).replace(day=1)
        of_month = Period(month, following)
        so_far += earned(state.net_minor, state.period, month=of_month, booked_on=begun)
        for one in state.corrections:
            if one.booked_on < following:
                back, booked = -one.deferred_net_minor, one.booked_on
                so_far += earned(back, one.deferral, month=of_month, booked_on=booked)
        # then nothing is lost between the two, and what is deferred never turns into a debit
        known = tuple(one for one in state.corrections if one.booked_on < following)
        left = state.net_minor - sum(one.deferred_net_minor for one in known) - so_far
        assert left >= 0
        assert left == deferred(replace(state, corrections=known), on=following)
        month = following
    assert deferred(state, on=month) == 0


@given(st.integers(-(10**9), 10**9), periods(), st.integers(0, 60))
def test_months_earn_the_line_whenever_it_is_booked(net: int, service: Period, late: int) -> None:
    booked = service.start + timedelta(days=late)
    month = booked.replace(day=1)
    total = 0
    while month < max(service.end, booked + timedelta(days=1)):
        following = (month + timedelta(days=32)).replace(day=1)
        total += earned(net, service, month=Period(month, following), booked_on=booked)
        month = following
    assume(month >= service.end)
    assert total == net
