"""Lines that are taxed alike stand together, and what a rate is made of is kept apart."""

from typing import Final

from ledgerline.documents.parts import ComponentPart, RatePart
from ledgerline.documents.snapshot import Component, Line, TaxGroup, Treatment
from ledgerline.documents.tax_groups import share_groups
from tests.unit.documents.samples import line

HALVES: Final = (
    ComponentPart(name="CGST", rate_ppm=90_000),
    ComponentPart(name="SGST", rate_ppm=90_000),
)
UNEQUAL: Final = (
    ComponentPart(name="Central", rate_ppm=60_000),
    ComponentPart(name="State", rate_ppm=120_000),
)


def _rate(components: tuple[ComponentPart, ...], reason: str | None = None) -> RatePart:
    return RatePart(
        valid_from="2026-01-01", rate_ppm=180_000, treatment=Treatment.STANDARD, name="GST",
        reason=reason, components=components,
    )  # fmt: skip


def _line(no: int, tax: int) -> Line:
    return line(no, rate_ppm=180_000, net=1_000, tax=tax, gross=1_000 + tax)


def _whole(components: tuple[ComponentPart, ...], *taxes: int) -> TaxGroup:
    return TaxGroup(
        treatment=Treatment.STANDARD, rate_ppm=180_000, base=1_000, tax=sum(taxes), name="GST",
        components=tuple(
            Component(name=one.name, rate_ppm=one.rate_ppm, tax=tax)
            for one, tax in zip(components, taxes, strict=True)
        ),
    )  # fmt: skip


def test_rates_of_one_height_and_other_parts_are_credited_apart() -> None:
    groups = share_groups(
        [(_line(1, 90), _rate(HALVES)), (_line(2, 60), _rate(UNEQUAL))],
        [_whole(HALVES, 90, 90), _whole(UNEQUAL, 60, 120)],
    )
    assert [[part.tax for part in one.components] for one in groups] == [[45, 45], [20, 40]]
    assert [one.tax for one in groups] == [90, 60]


def test_a_credit_of_several_lines_shares_the_taxes_of_their_rate() -> None:
    [group] = share_groups(
        [(_line(1, 7), _rate(HALVES)), (_line(2, 8), _rate(HALVES))], [_whole(HALVES, 90, 90)]
    )
    assert (group.base, group.tax) == (2_000, 15)
    assert sorted(part.tax for part in group.components) == [7, 8]


def test_every_reason_of_lines_that_are_taxed_alike_is_said_once() -> None:
    said = [
        (_line(1, 90), _rate((), "one")),
        (_line(2, 90), _rate((), "another")),
        (_line(3, 90), _rate((), "one")),
    ]
    [group] = share_groups(said, [_whole(())])
    assert group.reason == "one; another"
