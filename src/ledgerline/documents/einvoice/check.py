"""Whether EN 16931 can say a document: the rules of the standard, and stricter ones of our own.

Rules named ``BR-…`` are the standard's. It tolerates a difference of almost one unit of currency in
a tax (BR-CO-17, BR-S-09), which hides every mistake of cents; the rules named ``LL-…`` do not:

- LL-1: ``net + tax == gross`` on a line;
- LL-2: ``amount - discount`` is the line's gross (inclusive prices) or net, and no discount is
  negative;
- LL-3: the tax of a group is no further from its base times its rate than rounding can bring it;
- LL-4: the base of a group is exactly the sum of its lines, and each group has lines;
- LL-5: no part of what was paid is negative, and a credit note is not paid.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Final, NamedTuple

from ledgerline.base.money import EXPONENTS
from ledgerline.documents.einvoice.categories import (
    CATEGORY,
    COUNTRIES_LISTED,
    Category,
    identify_buyer,
    identify_seller,
)
from ledgerline.documents.einvoice.refusals import (
    EinvoiceKind,
    En16931Broken,
    En16931Currency,
    En16931Decimals,
    En16931Incomplete,
    En16931Mixed,
)
from ledgerline.documents.einvoice.writing import plain
from ledgerline.documents.snapshot import Address, Body, Document, Kind, Line, TaxGroup

DECIMALS_MAX: Final = 2
INVOICES: Final = frozenset({Kind.INVOICE, Kind.SIMPLIFIED_INVOICE})
KINDS: Final = INVOICES | {Kind.CREDIT_NOTE}
# Of the currencies we keep, those that the published rules do not list (BR-CL-03).
CURRENCIES_UNLISTED: Final = frozenset({"STN"})

_PPM: Final = 10**6
_CENTS: Final = (100, 10, 1)  # hundredths in a minor unit, by the decimals of the currency
_HALF_A_PERCENT_PPM: Final = 5_000  # BR-CO-17 rounds the rate to whole percents, to tell it from 0


class Broken(NamedTuple):
    """A rule that a document breaks, and where: a path into its body."""

    rule: str
    place: str
    text: str


class Missing(NamedTuple):
    """A field that a document lacks, and the rule that demands it."""

    field: str
    rule: str


def check(document: Document) -> None:
    """Refuse what EN 16931 cannot say: raises a refusal of `refusals`, else the document passes.

    It need not have its number yet, so that it can be asked before there is one.
    """
    body = document.body
    if body.kind not in KINDS:
        raise EinvoiceKind("there is no e-invoice of this kind of document", kind=str(body.kind))
    decimals = EXPONENTS.get(body.currency, body.exponent)
    if max(decimals, body.exponent) > DECIMALS_MAX:
        raise En16931Decimals(
            "EN 16931 allows two decimals", currency=body.currency, decimals=decimals
        )
    if body.currency not in EXPONENTS or body.currency in CURRENCIES_UNLISTED:
        raise En16931Currency("EN 16931 does not list the currency", currency=body.currency)
    groups = {CATEGORY[group.treatment] for group in body.tax_groups}
    if Category.NOT_SUBJECT in groups and len(groups) > 1:
        raise En16931Mixed(
            "what is not subject to tax needs a document of its own", rules=["BR-O-11", "BR-O-12"]
        )
    lacking = missing(document)
    if lacking:
        raise En16931Incomplete(
            f"EN 16931 demands {', '.join(dict.fromkeys(one.field for one in lacking))}",
            missing=[one._asdict() for one in lacking],
        )
    found = broken(body)
    if found:
        raise En16931Broken(
            f"the amounts break {', '.join(dict.fromkeys(one.rule for one in found))}",
            broken=[one._asdict() for one in found],
        )


def missing(document: Document) -> tuple[Missing, ...]:
    """List the fields that the standard demands and the document lacks."""
    return (*_missing_of_parties(document), *_missing_of_body(document.body))


def _missing_of_parties(document: Document) -> Iterator[Missing]:
    body, seller = document.body, document.seller
    groups = {CATEGORY[group.treatment] for group in body.tax_groups}
    own = identify_seller(seller, groups)
    if plain(seller.legal_name) is None:
        yield Missing("seller.legal_name", "BR-06")
    yield from _missing_country("seller", seller.address, "BR-09")
    if own.identifier is None and own.registration is None and own.vat_id is None:
        yield Missing("seller.registration", "BR-CO-26")
    if own.vat_id is None and Category.REVERSE_CHARGE in groups:
        yield Missing("seller.tax_id", "BR-AE-02")
    if own.vat_id is None and own.tax_number is None:
        taxed = groups & {Category.STANDARD, Category.ZERO, Category.EXEMPT}
        yield from (Missing("seller.tax_id", f"BR-{one}-02") for one in sorted(taxed))
    buyer = body.buyer
    if buyer is None or plain(buyer.name) is None:
        yield Missing("buyer.name", "BR-07")
    if buyer is None or buyer.address is None:
        yield Missing("buyer.address", "BR-10")
    else:
        yield from _missing_country("buyer", buyer.address, "BR-11")
    if Category.REVERSE_CHARGE in groups and (
        buyer is None or identify_buyer(buyer, groups).vat_id is None
    ):
        yield Missing("buyer.tax_ids", "BR-AE-02")


def _missing_country(party: str, address: Address, rule: str) -> Iterator[Missing]:
    if not address.country:
        yield Missing(f"{party}.address.country", rule)
    elif address.country not in COUNTRIES_LISTED:
        yield Missing(f"{party}.address.country", "BR-CL-14")


def _missing_of_body(body: Body) -> Iterator[Missing]:
    if not body.lines:
        yield Missing("lines", "BR-16")
    if not body.tax_groups:
        yield Missing("tax_groups", "BR-CO-18")
    for position, line in enumerate(body.lines):
        if plain(line.text) is None:
            yield Missing(f"lines/{position}/text", "BR-25")
    original = body.references.original
    if body.kind is Kind.CREDIT_NOTE and (original is None or original.number is None):
        yield Missing("references.original.number", "BR-55")
    if body.kind in INVOICES and body.totals.payable > 0 and body.due_date is None:
        yield Missing("due_date", "BR-CO-25")


def broken(body: Body) -> tuple[Broken, ...]:
    """List the rules that amounts, rates and periods break; nothing is tolerated but rounding."""
    return (
        *_broken_lines(body),
        *_broken_groups(body),
        *_broken_totals(body),
        *_broken_settlement(body),
    )


def _broken_lines(body: Body) -> Iterator[Broken]:
    inclusive = body.behavior == "inclusive"
    known = {(group.treatment, group.rate_ppm) for group in body.tax_groups}
    for position, line in enumerate(body.lines):
        place = f"lines/{position}"
        if line.net + line.tax != line.gross:
            yield Broken("LL-1", place, "net and tax are not the gross amount")
        stated = line.gross if inclusive else line.net
        if line.amount - line.discount != stated or line.discount < 0:
            yield Broken("LL-2", place, "amount and discount do not give what the line claims")
        if line.period.end < line.period.start:
            yield Broken("BR-30", place, "the period ends before it begins")
        if (line.treatment, line.rate_ppm) not in known:
            yield Broken(f"BR-{CATEGORY[line.treatment]}-01", place, "no tax group has the line")


def _broken_groups(body: Body) -> Iterator[Broken]:
    members: dict[tuple[str, int], list[Line]] = {}
    for line in body.lines:
        members.setdefault((line.treatment, line.rate_ppm), []).append(line)
    taken = Counter((group.treatment, group.rate_ppm) for group in body.tax_groups)
    for position, group in enumerate(body.tax_groups):
        place = f"tax_groups/{position}"
        lines = members.get((group.treatment, group.rate_ppm), [])
        category = CATEGORY[group.treatment]
        if taken[group.treatment, group.rate_ppm] > 1:
            yield Broken(f"BR-{category}-01", place, "a treatment and rate have one group")
        if not lines or sum(line.net for line in lines) != group.base:
            yield Broken("LL-4", place, "the base is not the sum of the lines")
        if sum(line.tax for line in lines) != group.tax:
            yield Broken("LL-4", place, "the tax is not the sum of the lines")
        if category is Category.STANDARD:
            yield from _broken_tax(body, group, len(lines), place)
        else:
            yield from _broken_zero(group, category, place)


def _broken_zero(group: TaxGroup, category: Category, place: str) -> Iterator[Broken]:
    if group.rate_ppm:
        yield Broken(f"BR-{category}-05", place, "this treatment has no rate")
    if group.tax:
        yield Broken(f"BR-{category}-09", place, "this treatment has no tax")


def _broken_tax(body: Body, group: TaxGroup, lines: int, place: str) -> Iterator[Broken]:
    if group.rate_ppm <= 0:
        yield Broken("BR-S-05", place, "a standard or reduced rate is above zero")
    # An inclusive amount keeps its error in tax and, by the rate, in the base it leaves. Each tax
    # of several is rounded for itself. A credit moves along a line whose own tax is rounded too.
    roundings = 2 * lines if body.kind is Kind.CREDIT_NOTE else max(1, len(group.components))
    off = abs(group.tax * _PPM - group.base * group.rate_ppm)
    if off > roundings * (_PPM + group.rate_ppm):
        yield Broken("LL-3", place, "the tax is further from base and rate than rounding brings it")
    if _beyond_tolerance(body, group):
        yield Broken("BR-CO-17", place, "the tax is a unit of currency from base and rate")


def _beyond_tolerance(body: Body, group: TaxGroup) -> bool:
    """Tell what the published rules refuse, which is of interest where the minor unit is large."""
    cents = _CENTS[body.exponent]
    unit = _CENTS[0]
    tax = abs(group.tax) * cents
    exact = (2 * abs(group.base) * cents * group.rate_ppm + _PPM) // (2 * _PPM)
    if group.rate_ppm < _HALF_A_PERCENT_PPM:
        return 2 * tax >= unit
    return abs(tax - exact) >= unit


def _broken_totals(body: Body) -> Iterator[Broken]:
    totals = body.totals
    if sum(line.net for line in body.lines) != totals.net:
        yield Broken("BR-CO-10", "totals/net", "the net total is not the sum of the lines")
    if sum(group.base for group in body.tax_groups) != totals.net:
        yield Broken("BR-CO-13", "totals/net", "the net total is not the sum of the groups")
    if sum(group.tax for group in body.tax_groups) != totals.tax:
        yield Broken("BR-CO-14", "totals/tax", "the tax is not the sum of the groups")
    if totals.net + totals.tax != totals.gross:
        yield Broken("BR-CO-15", "totals/gross", "net and tax are not the gross total")
    if sum(line.discount for line in body.lines) != totals.discount:
        yield Broken("LL-2", "totals/discount", "the discount is not the sum of the lines")


def _broken_settlement(body: Body) -> Iterator[Broken]:
    totals = body.totals
    settled = (totals.from_credit, totals.from_notes, totals.paid)
    if min(settled) < 0:
        yield Broken("LL-5", "totals", "what was paid is negative")
    if body.kind is Kind.CREDIT_NOTE:
        if any((*settled, totals.payable)):
            yield Broken("LL-5", "totals", "a credit note is not paid")
    elif totals.gross - sum(settled) != totals.payable:
        yield Broken("BR-CO-16", "totals/payable", "what was paid does not leave what is payable")
