"""Whatever our arithmetic makes of a sale or a credit, our own rules of EN 16931 accept."""

from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ledgerline.base.money import RoundingMode
from ledgerline.catalog.model import RoundingTarget, TaxBehavior
from ledgerline.documents.einvoice.check import broken
from ledgerline.documents.snapshot import Document, Line, Settles, TaxGroup, Totals, Treatment
from ledgerline.pricing.model import Rounding
from ledgerline.pricing.tax.arithmetic import TaxableLine, credit_share
from ledgerline.pricing.tax.arithmetic import tax_lines as taxed
from tests.corpus import credit_note_of, taxation
from tests.unit.documents.einvoice.samples import invoice

RATES: Final = st.integers(5_000, 300_000)
AMOUNTS: Final = st.integers(-50_000, 1_000_000)
ROUNDINGS: Final = st.builds(
    Rounding, mode=st.sampled_from(RoundingMode), target=st.sampled_from(RoundingTarget)
)


def _rounded(amounts: list[int], rate: int, behavior: TaxBehavior, rounding: Rounding) -> Document:
    """Make an invoice whose tax is rounded in a way of its own."""
    treatment = Treatment.STANDARD
    document = invoice([(amount, rate, treatment) for amount in amounts], behavior=behavior)
    made = taxed(
        [TaxableLine(amount, taxation(treatment, rate)) for amount in amounts],
        behavior=behavior,
        rounding=rounding,
    )
    lines = tuple(
        replace(line, net=each.net, tax=each.tax, gross=each.gross)
        for line, each in zip(document.body.lines, made.lines, strict=True)
    )
    [group] = document.body.tax_groups
    total = made.total
    totals = Totals(net=total.net, tax=total.tax, gross=total.gross, payable=total.gross)
    groups = (replace(group, base=total.net, tax=total.tax),)
    body = replace(document.body, lines=lines, tax_groups=groups, totals=totals)
    return replace(document, body=body)


@given(
    amounts=st.lists(AMOUNTS, min_size=1, max_size=6),
    rate=RATES,
    behavior=st.sampled_from(TaxBehavior),
    rounding=ROUNDINGS,
)
def test_no_way_of_rounding_breaks_a_rule(
    amounts: list[int], rate: int, behavior: TaxBehavior, rounding: Rounding
) -> None:
    assert broken(_rounded(amounts, rate, behavior, rounding).body) == ()


@given(
    amounts=st.lists(st.integers(1, 100_000), min_size=1, max_size=5),
    cuts=st.tuples(st.integers(0, 100), st.integers(0, 100)),
    rate=RATES,
    behavior=st.sampled_from(TaxBehavior),
    rounding=ROUNDINGS,
)
def test_no_part_that_is_credited_breaks_a_rule(
    amounts: list[int],
    cuts: tuple[int, int],
    rate: int,
    behavior: TaxBehavior,
    rounding: Rounding,
) -> None:
    sold = _rounded(amounts, rate, behavior, rounding)
    before, after = sorted(cuts)
    lines = tuple(_part(line, before, after, behavior, rounding.mode) for line in sold.body.lines)
    group = TaxGroup(
        treatment=Treatment.STANDARD,
        rate_ppm=rate,
        base=sum(line.net for line in lines),
        tax=sum(line.tax for line in lines),
    )
    note = credit_note_of(sold, lines, (group,), settles=Settles.REFUND)
    assert broken(note.body) == ()


def _part(line: Line, before: int, after: int, behavior: TaxBehavior, mode: RoundingMode) -> Line:
    """Credit a line from one percentage of it to another."""
    inclusive = behavior is TaxBehavior.INCLUSIVE
    stated = line.gross if inclusive else line.net
    first, last = stated * before // 100, stated * after // 100
    tax = credit_share(line.tax, stated, cum_before=first, cum_after=last, mode=mode)
    part = last - first
    net, gross = (part - tax, part) if inclusive else (part, part + tax)
    return replace(line, amount=part, net=net, tax=tax, gross=gross)
