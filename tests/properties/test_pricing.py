from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, given
from hypothesis import strategies as st

from ledgerline.base.calendar import Period
from ledgerline.base.money import Currency
from ledgerline.catalog.model import PPM, TaxBehavior
from ledgerline.pricing.model import BilledLine, Discount, PricedLine, Terms
from ledgerline.pricing.rules.credit import amount_of, remainder, unused
from ledgerline.pricing.rules.portion import portion
from ledgerline.pricing.rules.price import price
from ledgerline.pricing.rules.recognition import earned
from tests.unit.pricing.lines import TERMS, billed

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
LENGTHS = st.one_of(st.sampled_from((1, 7, 28, 29, 30, 31, 90, 365, 366)), st.integers(1, 400))
AMOUNTS = st.one_of(st.integers(0, 5_000), st.integers(0, 2 * 10**12))
CURRENCIES = st.sampled_from((Currency("JPY"), Currency("EUR"), Currency("KWD")))
RATES = st.sampled_from((0, 81_000, 100_000, 190_000, 255_000, PPM))
DISCOUNTS = st.builds(Discount, percent_ppm=st.integers(0, PPM), amount_minor=st.integers(0, 5_000))
TERMS_OF = st.builds(
    Terms,
    price_id=st.just(TERMS.price_id),
    plan_code=st.just("plan"),
    currency=CURRENCIES,
    unit_minor=st.integers(0, 10**7),
    quantity=st.integers(1, 1_000),
    behavior=st.sampled_from(TaxBehavior),
    tax_rate_ppm=RATES,
    discount=DISCOUNTS,
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
    piece = Period(grid.start + timedelta(days=first), grid.start + timedelta(days=last))
    return piece, grid


@st.composite
def lines(draw: st.DrawFn) -> PricedLine:
    """Draw a priced line, whole or a stub."""
    piece, grid = draw(stubs())
    return price(draw(TERMS_OF), period=piece, grid=grid)


def _cuts(grid: Period, offsets: list[int]) -> list[date]:
    inner = {grid.start + timedelta(days=offset % grid.days) for offset in offsets}
    return sorted({grid.start, grid.end} | inner)


@given(AMOUNTS, periods(), st.lists(st.integers(0, 400), max_size=12))
def test_any_partition_sums_to_the_price(amount: int, grid: Period, offsets: list[int]) -> None:
    pieces = [
        portion(amount, piece=Period(*cut), grid=grid) for cut in pairwise(_cuts(grid, offsets))
    ]
    assert sum(pieces) == amount
    assert all(piece >= 0 for piece in pieces)


@given(AMOUNTS, stubs())
def test_piece_is_within_one_unit_of_its_exact_share(
    amount: int, stub: tuple[Period, Period]
) -> None:
    piece, grid = stub
    exact = Fraction(amount * piece.days, grid.days)
    assert abs(portion(amount, piece=piece, grid=grid) - exact) <= 1


@given(lines())
def test_line_foots_and_is_never_negative(line: PricedLine) -> None:
    assert line.net_minor + line.tax_minor == line.gross_minor
    assert min(line.net_minor, line.tax_minor, line.discount_minor) >= 0
    assert line.grid_minor + line.discount_minor == line.terms.unit_minor * line.terms.quantity


@given(TERMS_OF, stubs(), st.integers(1, 10**6))
def test_dearer_price_never_costs_less(
    terms: Terms, stub: tuple[Period, Period], more: int
) -> None:
    piece, grid = stub
    cheap = price(terms, period=piece, grid=grid)
    dear = price(replace(terms, unit_minor=terms.unit_minor + more), period=piece, grid=grid)
    assert cheap.gross_minor <= dear.gross_minor
    assert cheap.net_minor <= dear.net_minor


@given(TERMS_OF, stubs())
def test_longer_piece_never_costs_less(terms: Terms, stub: tuple[Period, Period]) -> None:
    piece, grid = stub
    whole = Period(piece.start, grid.end)
    assert (
        price(terms, period=piece, grid=grid).gross_minor
        <= price(terms, period=whole, grid=grid).gross_minor
    )


@given(TERMS_OF, periods(), st.integers(0, 400))
def test_what_is_credited_and_what_is_kept_are_the_line(
    terms: Terms, grid: Period, offset: int
) -> None:
    # given a whole period, cut on some day
    cut = grid.start + timedelta(days=offset % grid.days)
    line = price(terms, period=grid, grid=grid)
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


@given(lines(), st.lists(st.integers(0, 10**9), max_size=8), st.integers(0, 400))
def test_credits_of_a_line_never_exceed_it(
    line: PricedLine, amounts: list[int], offset: int
) -> None:
    # given refunds of any amounts that fit and then a cancellation
    state = billed(line)
    taxes = 0
    for amount in amounts:
        gross = amount % (remainder(state) + 1)
        if gross == 0:
            continue
        credit = amount_of(state, gross)
        state, taxes = (
            _after(state, credit.cum_gross_minor, credit.cum_tax_minor),
            credit.cum_tax_minor,
        )
    last = unused(state, cut=line.period.start + timedelta(days=offset % line.period.days))
    if last is not None:
        state, taxes = _after(state, last.cum_gross_minor, last.cum_tax_minor), last.cum_tax_minor
    # then
    assert 0 <= state.credited_gross_minor <= line.gross_minor
    assert 0 <= taxes <= line.tax_minor
    if remainder(state) == 0:
        assert taxes == line.tax_minor or line.gross_minor == 0


def _after(line: BilledLine, gross: int, tax: int) -> BilledLine:
    return replace(line, credited_gross_minor=gross, credited_tax_minor=tax)


@given(st.integers(-(10**9), 10**9), periods(), st.integers(0, 60))
def test_months_earn_the_line_whenever_it_is_booked(net: int, service: Period, late: int) -> None:
    booked = service.start + timedelta(days=late)
    month = booked.replace(day=1)
    total = 0
    while month < max(service.end, booked + timedelta(days=1)):
        following = (month + timedelta(days=32)).replace(day=1)
        total += earned(net, service, month=Period(month, following), booked_before=booked < month)
        month = following
    assume(month >= service.end)
    assert total == net
