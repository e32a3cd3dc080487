from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import (
    PPM,
    RoundingComponents,
    RoundingTarget,
    TaxBehavior,
    TaxTreatment,
)
from ledgerline.pricing.model import Rounding, Taxation
from ledgerline.pricing.tax.arithmetic import (
    Group,
    TaxableLine,
    components_of,
    credit_share,
    group,
    tax_lines,
)
from tests.unit.pricing.lines import rated

AMOUNTS = st.lists(st.integers(-2_000_000, 2_000_000), min_size=1, max_size=12)
RATES = st.one_of(
    st.sampled_from((0, 21_000, 50_000, 81_000, 190_000, 200_000, 255_000, 270_000, PPM)),
    st.integers(0, PPM),
)
BEHAVIORS = st.sampled_from(TaxBehavior)
MODES = st.sampled_from(RoundingMode)
TARGETS = st.sampled_from(RoundingTarget)
ONE_RATE = st.builds(
    Rounding,
    mode=MODES,
    target=TARGETS,
    components=st.sampled_from((RoundingComponents.SEPARATE, RoundingComponents.COMBINED)),
)


@dataclass(frozen=True, slots=True)
class Policy:
    """How one market taxes: what its catalog may say together."""

    taxation: Taxation
    behavior: TaxBehavior
    rounding: Rounding

    def group(self, *amounts: int) -> Group:
        return group(amounts, self.taxation, behavior=self.behavior, rounding=self.rounding)

    def exact(self, amount: int) -> Fraction:
        inside = self.rounding.components is RoundingComponents.INSIDE
        on_top = inside or self.behavior is TaxBehavior.EXCLUSIVE
        rate_ppm = self.taxation.rate_ppm
        return Fraction(amount * rate_ppm, PPM if on_top else PPM + rate_ppm)

    @property
    def units(self) -> int:
        """How many amounts are rounded for one group."""
        several = len(self.taxation.components) or 1
        components, behavior = self.rounding.components, self.behavior
        alone = components in {RoundingComponents.EQUAL, RoundingComponents.INSIDE}
        separate = components is RoundingComponents.SEPARATE and behavior is TaxBehavior.EXCLUSIVE
        return several if alone or separate else 1


def _split(rates: list[int], most: int) -> Taxation:
    """Bring rates under a most, so that the parts of a market's rate stay within it."""
    return rated(*(1 + rate * (most - len(rates)) // (sum(rates) or 1) for rate in rates))


PARTS = st.lists(st.integers(1, PPM), min_size=1, max_size=4)
POLICIES = st.one_of(
    st.builds(Policy, st.builds(rated, RATES), BEHAVIORS, ONE_RATE),
    st.builds(Policy, st.builds(_split, PARTS, st.integers(10, PPM)), BEHAVIORS, ONE_RATE),
    st.builds(
        Policy,
        st.builds(lambda n, rate: rated(*(rate,) * n), st.integers(1, 4), st.integers(1, PPM // 4)),
        BEHAVIORS,
        st.builds(
            Rounding,
            mode=MODES.filter(lambda mode: mode is not RoundingMode.UP),
            components=st.just(RoundingComponents.EQUAL),
        ),
    ),
    st.builds(
        Policy,
        st.builds(_split, PARTS, st.integers(10, PPM // 2)),
        st.just(TaxBehavior.INCLUSIVE),
        st.builds(
            Rounding,
            mode=MODES.filter(lambda mode: mode is not RoundingMode.UP),
            components=st.just(RoundingComponents.INSIDE),
        ),
    ),
)
LINES = st.lists(
    st.builds(
        TaxableLine,
        amount=st.integers(-100_000, 100_000),
        taxation=st.sampled_from(
            (
                Taxation(TaxTreatment.STANDARD, 190_000),
                Taxation(TaxTreatment.STANDARD, 190_000, (100_000, 90_000)),
                Taxation(TaxTreatment.REDUCED, 70_000),
                Taxation(TaxTreatment.ZERO, 0),
            )
        ),
    ),
    max_size=12,
)


@given(AMOUNTS, POLICIES)
def test_lines_sum_to_their_group_and_every_amount_foots(amounts: list[int], by: Policy) -> None:
    done = by.group(*amounts)
    for part in (done.total, *done.lines):
        assert part.net + part.tax == part.gross
    assert sum(line.net for line in done.lines) == done.total.net
    assert sum(line.tax for line in done.lines) == done.total.tax
    assert sum(line.gross for line in done.lines) == done.total.gross


@given(AMOUNTS, POLICIES)
def test_stated_amounts_are_never_moved(amounts: list[int], by: Policy) -> None:
    inclusive = by.behavior is TaxBehavior.INCLUSIVE
    done = by.group(*amounts)
    assert [line.gross if inclusive else line.net for line in done.lines] == amounts


@given(AMOUNTS, POLICIES)
def test_every_tax_is_less_than_one_unit_from_exact_for_each_rounding(
    amounts: list[int], by: Policy
) -> None:
    done = by.group(*amounts)
    off = abs(done.total.tax - by.exact(sum(amounts)))
    assert off < by.units
    for amount, line in zip(amounts, done.lines, strict=True):
        assert abs(line.tax - by.exact(amount)) < (1 if by.units == 1 else 1 + off)


@given(AMOUNTS, POLICIES)
def test_components_sum_to_the_tax_and_follow_from_the_sum_of_the_lines(
    amounts: list[int], by: Policy
) -> None:
    done = by.group(*amounts)
    if by.taxation.components:
        assert sum(done.components) == done.total.tax
        again = components_of(
            sum(amounts), by.taxation.components, behavior=by.behavior, rounding=by.rounding
        )
        assert done.components == again
        assert all(tax * done.total.tax >= 0 for tax in done.components)
    else:
        assert done.components == ()


@given(st.lists(st.integers(0, 40), min_size=1, max_size=12), POLICIES)
def test_no_line_is_taxed_beyond_its_price(amounts: list[int], by: Policy) -> None:
    for line in by.group(*amounts).lines:
        assert line.net >= 0
        assert line.tax >= 0


@given(AMOUNTS, POLICIES)
def test_negating_the_lines_negates_every_result(amounts: list[int], by: Policy) -> None:
    done, mirrored = by.group(*amounts), by.group(*(-amount for amount in amounts))
    assert [line.tax for line in mirrored.lines] == [-line.tax for line in done.lines]
    assert mirrored.total.tax == -done.total.tax
    assert mirrored.components == tuple(-tax for tax in done.components)


@given(
    LINES.flatmap(lambda lines: st.tuples(st.just(lines), st.permutations(lines))),
    BEHAVIORS,
    ONE_RATE,
)
def test_order_of_lines_changes_no_total(
    orders: tuple[list[TaxableLine], list[TaxableLine]], behavior: TaxBehavior, rounding: Rounding
) -> None:
    before, after = (tax_lines(lines, behavior=behavior, rounding=rounding) for lines in orders)
    assert {of: done.total for of, done in after.groups.items()} == {
        of: done.total for of, done in before.groups.items()
    }
    assert after.total == before.total


@given(LINES, BEHAVIORS, ONE_RATE)
def test_groups_and_lines_both_sum_to_the_document(
    lines: list[TaxableLine], behavior: TaxBehavior, rounding: Rounding
) -> None:
    taxed = tax_lines(lines, behavior=behavior, rounding=rounding)
    for parts in (taxed.lines, tuple(done.total for done in taxed.groups.values())):
        assert sum(part.net for part in parts) == taxed.total.net
        assert sum(part.tax for part in parts) == taxed.total.tax
        assert sum(part.gross for part in parts) == taxed.total.gross


@given(
    st.integers(1, 2_000_000),
    POLICIES,
    st.lists(st.integers(0, 2_000_000), max_size=8),
    st.sampled_from((1, -1)),
)
def test_credits_in_any_number_of_parts_close_exactly_and_never_run_back(
    stated: int, by: Policy, cuts: list[int], sign: int
) -> None:
    # given a line and running totals of credit that end at the whole line
    [line] = by.group(stated).lines
    steps = [0, *sorted(cut % (line.gross + 1) for cut in cuts), line.gross]
    # when each step is credited
    taxes = [
        credit_share(
            sign * line.tax,
            sign * line.gross,
            cum_before=sign * before,
            cum_after=sign * after,
            mode=by.rounding.mode,
        )
        for before, after in pairwise(steps)
    ]
    # then no credit takes tax back, and together they are the line's
    assert all(sign * tax >= 0 for tax in taxes)
    assert sum(taxes) == sign * line.tax
