from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.catalog.model import PPM, TaxBehavior
from ledgerline.pricing.tax.arithmetic import (
    Mode,
    Rounding,
    Target,
    TaxableLine,
    credit_share,
    group,
    tax_lines,
)

AMOUNTS = st.lists(st.integers(-2_000_000, 2_000_000), min_size=1, max_size=12)
RATES = st.one_of(
    st.sampled_from((0, 21_000, 50_000, 81_000, 190_000, 200_000, 255_000, 270_000, PPM)),
    st.integers(0, PPM),
)
BEHAVIORS = st.sampled_from(TaxBehavior)
ROUNDINGS = st.builds(Rounding, mode=st.sampled_from(Mode), target=st.sampled_from(Target))
LINES = st.lists(
    st.builds(
        TaxableLine,
        amount=st.integers(-100_000, 100_000),
        treatment=st.sampled_from(("standard", "reduced")),
        rate_ppm=st.sampled_from((70_000, 190_000)),
    ),
    max_size=12,
)


def _exact(amount: int, rate_ppm: int, behavior: TaxBehavior) -> Fraction:
    base = PPM + rate_ppm if behavior is TaxBehavior.INCLUSIVE else PPM
    return Fraction(amount * rate_ppm, base)


@given(AMOUNTS, RATES, BEHAVIORS, ROUNDINGS)
def test_lines_sum_to_their_group_and_every_amount_foots(
    amounts: list[int], rate_ppm: int, behavior: TaxBehavior, rounding: Rounding
) -> None:
    done = group(amounts, rate_ppm, behavior=behavior, rounding=rounding)
    for part in (done.total, *done.lines):
        assert part.net + part.tax == part.gross
    assert sum(line.net for line in done.lines) == done.total.net
    assert sum(line.tax for line in done.lines) == done.total.tax
    assert sum(line.gross for line in done.lines) == done.total.gross


@given(AMOUNTS, RATES, BEHAVIORS, ROUNDINGS)
def test_stated_amounts_are_never_moved(
    amounts: list[int], rate_ppm: int, behavior: TaxBehavior, rounding: Rounding
) -> None:
    done = group(amounts, rate_ppm, behavior=behavior, rounding=rounding)
    inclusive = behavior is TaxBehavior.INCLUSIVE
    assert [line.gross if inclusive else line.net for line in done.lines] == amounts


@given(AMOUNTS, RATES, BEHAVIORS, ROUNDINGS)
def test_every_tax_is_less_than_one_unit_from_exact(
    amounts: list[int], rate_ppm: int, behavior: TaxBehavior, rounding: Rounding
) -> None:
    done = group(amounts, rate_ppm, behavior=behavior, rounding=rounding)
    assert abs(done.total.tax - _exact(sum(amounts), rate_ppm, behavior)) < 1
    for amount, line in zip(amounts, done.lines, strict=True):
        assert abs(line.tax - _exact(amount, rate_ppm, behavior)) < 1


@given(AMOUNTS, RATES, BEHAVIORS, ROUNDINGS)
def test_negating_the_lines_negates_every_result(
    amounts: list[int], rate_ppm: int, behavior: TaxBehavior, rounding: Rounding
) -> None:
    done = group(amounts, rate_ppm, behavior=behavior, rounding=rounding)
    negated = [-amount for amount in amounts]
    mirrored = group(negated, rate_ppm, behavior=behavior, rounding=rounding)
    assert [line.tax for line in mirrored.lines] == [-line.tax for line in done.lines]
    assert mirrored.total.tax == -done.total.tax


@given(
    LINES.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))),
    BEHAVIORS,
    ROUNDINGS,
)
def test_order_of_lines_changes_no_total(
    orders: tuple[list[TaxableLine], list[TaxableLine]], behavior: TaxBehavior, rounding: Rounding
) -> None:
    before, after = (tax_lines(lines, behavior=behavior, rounding=rounding) for lines in orders)
    assert after.groups == before.groups
    assert after.total == before.total


@given(LINES, BEHAVIORS, ROUNDINGS)
def test_groups_and_lines_both_sum_to_the_document(
    lines: list[TaxableLine], behavior: TaxBehavior, rounding: Rounding
) -> None:
    taxed = tax_lines(lines, behavior=behavior, rounding=rounding)
    for parts in (taxed.lines, tuple(taxed.groups.values())):
        assert sum(part.net for part in parts) == taxed.total.net
        assert sum(part.tax for part in parts) == taxed.total.tax
        assert sum(part.gross for part in parts) == taxed.total.gross


@given(
    st.integers(1, 2_000_000),
    RATES,
    st.lists(st.integers(0, 2_000_000), max_size=8),
    st.sampled_from(Mode),
    st.sampled_from((1, -1)),
)
def test_credits_in_any_number_of_parts_close_exactly_and_never_run_back(
    gross: int, rate_ppm: int, cuts: list[int], mode: Mode, sign: int
) -> None:
    # given a line and running totals of credit that end at the whole line
    line = group((gross,), rate_ppm, behavior=TaxBehavior.INCLUSIVE, rounding=Rounding(mode)).total
    steps = [0, *sorted(cut % (gross + 1) for cut in cuts), gross]
    # when each step is credited
    taxes = [
        credit_share(
            sign * line.tax,
            sign * gross,
            cum_before=sign * before,
            cum_after=sign * after,
            mode=mode,
        )
        for before, after in pairwise(steps)
    ]
    # then no credit takes tax back, and together they are the line's
    assert all(sign * tax >= 0 for tax in taxes)
    assert sum(taxes) == sign * line.tax
