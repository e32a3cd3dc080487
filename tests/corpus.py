"""Documents by the thousand: kinds, regions, currencies, languages, discounts, treatments.

The same seed gives the same documents. Their amounts are those of `pricing.tax.arithmetic`.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, NamedTuple, cast

from ledgerline.base.money import EXPONENTS, Money, RoundingMode, apportion, currency
from ledgerline.catalog.model import TaxBehavior, TaxTreatment
from ledgerline.documents.snapshot import (
    FORMAT,
    Address,
    Body,
    Buyer,
    Component,
    Document,
    Kind,
    Line,
    Original,
    Payment,
    Period,
    References,
    Seller,
    SellerRef,
    Settles,
    TaxGroup,
    TaxId,
    Totals,
    Treatment,
    Unit,
    part_hash,
)
from ledgerline.pricing.model import Rounding, Taxation
from ledgerline.pricing.tax.arithmetic import (
    Amounts,
    Group,
    TaxableLine,
    credit_share,
    tax_lines,
)
from tests.chaos.chance import Chance

SEED: Final = "corpus-1"
FIRST_DAY: Final = date(2026, 1, 1)


class Region(NamedTuple):
    """Where documents are issued: the seller, and what may stand on its documents."""

    seller: Seller
    currencies: tuple[str, ...]
    languages: tuple[str, ...]
    tax_name: str
    standard: tuple[int, ...]  # rates in parts per million
    reduced: tuple[int, ...]
    components: tuple[tuple[str, int], ...]  # of the one standard rate, where it has several
    mode: RoundingMode


def _seller(code: str, name: str, address: Address, tax_id: str, registration: str) -> Seller:
    return Seller(
        code=code, name=name, legal_name=f"{name} Holding", address=address, tax_id=tax_id,
        registration=registration, email=f"billing@{code}.example",
    )  # fmt: skip


_SE: Final = Address(line1="Sveavägen 44", postal_code="111 34", city="Stockholm", country="SE")
_DE: Final = Address(line1="Torstraße 1", postal_code="10119", city="Berlin", country="DE")
_GB: Final = Address(line1="1 High St", postal_code="EC1A 1BB", city="London", country="GB")
_PL: Final = Address(line1="ul. Złota 3", postal_code="00-019", city="Warszawa", country="PL")
_CH: Final = Address(line1="Bahnhofstr. 9", postal_code="8001", city="Zürich", country="CH")
_GR: Final = Address(line1="Ερμού 10", postal_code="105 63", city="Αθήνα", country="GR")
_US: Final = Address(
    line1="350 5th Ave", line2="Floor 3", postal_code="10118", city="New York", region="NY",
    country="US",
)  # fmt: skip
_JP: Final = Address(line1="丸の内1-1", postal_code="100-0005", city="東京都", country="JP")

REGIONS: Final = (
    Region(
        seller=_seller("nordlys", "Nordlys Musik", _SE, "SE556677889901", "556677-8899"),
        currencies=("SEK", "EUR"), languages=("sv-SE", "fi-FI", "en"), tax_name="VAT",
        standard=(250_000, 255_000), reduced=(60_000, 120_000), components=(),
        mode=RoundingMode.HALF_UP,
    ),
    Region(
        seller=_seller("klang", "Klang & Söhne <Berlin>", _DE, "DE 123.456.789", "HRB 12345"),
        currencies=("EUR",), languages=("de-DE", "fr-FR", "ar"), tax_name="USt",
        standard=(190_000,), reduced=(70_000,), components=(),
        mode=RoundingMode.HALF_UP,
    ),
    Region(
        seller=_seller("tune", "Tune", _GB, "GB123456789", "01234567"),
        currencies=("GBP",), languages=("en-GB",), tax_name="VAT",
        standard=(200_000,), reduced=(50_000,), components=(),
        mode=RoundingMode.HALF_UP,
    ),
    Region(
        seller=_seller("dzwiek", "Dźwięk", _PL, "PL1234567890", "0000123456"),
        currencies=("PLN", "EUR"), languages=("pl-PL",), tax_name="VAT",
        standard=(230_000,), reduced=(80_000,), components=(),
        mode=RoundingMode.HALF_UP,
    ),
    Region(
        seller=_seller("ton", "Ton", _CH, "CHE-123.456.788 MWST", "CHE-123.456.788"),
        currencies=("CHF",), languages=("de-CH", "it-CH"), tax_name="MWST",
        standard=(81_000,), reduced=(26_000,), components=(),
        mode=RoundingMode.HALF_UP,
    ),
    Region(
        seller=_seller("ichos", "Ήχος", _GR, "GR123456789", "123456701000"),
        currencies=("EUR",), languages=("el-GR",), tax_name="ΦΠΑ",
        standard=(240_000,), reduced=(130_000,), components=(), mode=RoundingMode.HALF_EVEN,
    ),
    Region(
        seller=_seller("sound", "Sound", _US, "12-3456789", "DE-7654321"),
        currencies=("USD",), languages=("en-US", "es-US"), tax_name="Sales tax",
        standard=(103_500,), reduced=(40_000,),
        components=(("State", 65_000), ("Local", 38_500)), mode=RoundingMode.HALF_UP,
    ),
    Region(
        seller=_seller("oto", "音", _JP, "T1234567890123", "0100-01-000001"),
        currencies=("JPY",), languages=("ja-JP",), tax_name="消費税",
        standard=(100_000,), reduced=(80_000,), components=(), mode=RoundingMode.DOWN,
    ),
)  # fmt: skip

BUYERS: Final = (
    ("Amélie Dubois", Address(line1="3 rue du Port", postal_code="69001", city="Lyon",
                              country="FR"), "eu_vat", "FR40303265045"),
    ('Möller & Søn <"A/S">', Address(line1="Havn 1", city="Aarhus", country="DK"), "eu_vat",
     "DK12345678"),
    ("Παπαδόπουλος και Υιοί", Address(line1="Σταδίου 5", city="Αθήνα", country="GR"), "eu_vat",
     "EL123456789"),
    ("株式会社 さくら", Address(line1="渋谷2-1", city="東京都", country="JP"), "jp_trn",
     "T9876543210987"),
    ("شركة النور", Address(line1="King Rd 4", city="Jeddah", country="SA"), "sa_vat",
     "300000000000003"),
    ("🎵 Emoji\u200b Ltd", Address(line1="9 O'Connell St", line2="'Suite' 2", city="Dublin",
                                  country="IE"), "eu_vat", "IE1234567FA"),
    ("Fjord AS", Address(line1="Kaia 2", postal_code="0150", city="Oslo", country="NO"),
     "no_vat", "123456789MVA"),
)  # fmt: skip

UNTAXED: Final = (
    Treatment.REVERSE_CHARGE, Treatment.NOT_SUBJECT, Treatment.NOT_COLLECTING,
    Treatment.CUSTOMER_EXEMPT,
)  # fmt: skip
BESIDE: Final = (Treatment.REDUCED, Treatment.ZERO, Treatment.PRODUCT_EXEMPT)
TEXTS: Final = (
    "Premium Family",
    "Audiobooks – 10 h",
    "Set-up <fee>",
    "Studio & Mix",
    "高音質",
    "x",
)


class Claim(NamedTuple):
    """A line before tax."""

    text: str
    quantity: int
    amount: int
    discount: int
    treatment: Treatment
    rate_ppm: int


def corpus(count: int, *, seed: str = SEED) -> Iterator[Document]:
    """Make ``count`` numbered invoices and, one in three, credit notes of invoices."""
    for index in range(count):
        chance = Chance(f"{seed}/{index}")
        invoice = make_invoice(chance, chance.of(REGIONS), index)
        yield make_credit_note(chance, invoice) if index % 3 == 2 else invoice


def make_invoice(chance: Chance, region: Region, index: int) -> Document:
    """Make an invoice of a region."""
    money = chance.of(region.currencies)
    behavior = chance.of(tuple(TaxBehavior))
    claims = _claims(chance, region, money)
    taxed = tax_lines(
        [
            TaxableLine(one.amount - one.discount, taxation(one.treatment, one.rate_ppm))
            for one in claims
        ],
        behavior=behavior, rounding=Rounding(mode=region.mode),
    )  # fmt: skip
    day = FIRST_DAY + timedelta(days=chance.below(300))
    totals, payments = _settled(chance, taxed.total, sum(one.discount for one in claims), day)
    body = Body(
        format=FORMAT, kind=Kind.INVOICE, id=f"inv_{index:026}", series="ser_1", salt="00",
        issue_date=day.isoformat(), issued_at=f"{day.isoformat()}T10:00:00Z",
        due_date=(day + timedelta(days=14)).isoformat() if totals.payable > 0 else None,
        currency=money, exponent=EXPONENTS[money], language=chance.of(region.languages),
        market=region.seller.address.country, behavior=str(behavior), cause="renewal",
        seller=SellerRef(part=part_hash(region.seller)), buyer=_buyer(chance, claims),
        lines=tuple(
            _line(number, claim, amounts, day, chance)
            for number, (claim, amounts) in enumerate(zip(claims, taxed.lines, strict=True), 1)
        ),
        tax_groups=_groups(region, taxed.groups),
        totals=totals, payments=payments, references=References(subscription="sub_1"),
    )  # fmt: skip
    return Document(body=body, seller=region.seller, number=f"{region.seller.code}-{index:06}")


def taxation(treatment: Treatment, rate_ppm: int) -> Taxation:
    """Say how a claim is taxed; documents know treatments that no catalog can give."""
    return Taxation(cast("TaxTreatment", treatment), rate_ppm)


def _claims(chance: Chance, region: Region, money: str) -> list[Claim]:
    alone = chance.of(UNTAXED) if chance.hits(300) else None
    if alone is Treatment.REVERSE_CHARGE and region.seller.address.country not in "SE DE PL GR":
        alone = Treatment.NOT_SUBJECT
    scale = 100 if EXPONENTS[money] == 0 else 1
    claims: list[Claim] = []
    for _ in range(12 if chance.hits(30) else 1 + chance.below(4)):
        treatment = alone or (chance.of(BESIDE) if chance.hits(300) else Treatment.STANDARD)
        rates = {Treatment.STANDARD: region.standard, Treatment.REDUCED: region.reduced}
        quantity = 1 if chance.hits(600) else 1 + chance.below(12)
        amount = quantity * (99 + chance.below(9_000)) * scale // (1 if chance.hits(800) else 7)
        discount = chance.below(amount + 1) if chance.hits(250) else 0
        if claims and chance.hits(50):
            amount, discount = -(1 + amount // 9), 0  # unused time that is given back
        rate = chance.of(rates.get(treatment, (0,)))
        claims.append(
            Claim(
                text=chance.of(TEXTS), quantity=quantity, amount=amount, discount=discount,
                treatment=treatment, rate_ppm=rate,
            )
        )  # fmt: skip
    return claims


def _buyer(chance: Chance, claims: Sequence[Claim]) -> Buyer:
    reverse = any(claim.treatment is Treatment.REVERSE_CHARGE for claim in claims)
    known = [one for one in BUYERS if one[2] == "eu_vat"] if reverse else BUYERS
    name, address, kind, value = chance.of(known)
    ids = (TaxId(type=kind, value=value, check="valid"),)
    return Buyer(
        business=reverse, name=name, address=address,
        tax_ids=ids if reverse or chance.hits(500) else (),
    )  # fmt: skip


def _line(number: int, claim: Claim, amounts: Amounts, day: date, chance: Chance) -> Line:
    days = chance.of((1, 30, 31, 365))
    return Line(
        no=number, text=claim.text, plan="premium", component=chance.of(("base", "setup", "extra")),
        kind="recurring",
        period=Period(start=day.isoformat(), end=(day + timedelta(days=days)).isoformat()),
        quantity=claim.quantity, unit=Unit(num=claim.amount, den=claim.quantity),
        amount=claim.amount, discount=claim.discount, net=amounts.net, tax=amounts.tax,
        gross=amounts.gross, treatment=claim.treatment, rate_ppm=claim.rate_ppm,
    )  # fmt: skip


def _groups(region: Region, groups: Mapping[Taxation, Group]) -> tuple[TaxGroup, ...]:
    return tuple(
        TaxGroup(
            treatment=Treatment(of.treatment), rate_ppm=of.rate_ppm, base=made.total.net,
            tax=made.total.tax, name=region.tax_name,
            components=_components(region, of.treatment, made.total.tax),
        )
        for of, made in groups.items()
    )  # fmt: skip


def _components(region: Region, treatment: str, tax: int) -> tuple[Component, ...]:
    if treatment != Treatment.STANDARD or not region.components:
        return ()
    whole = sum(rate for _, rate in region.components)
    parts = apportion(tax, [Fraction(tax * rate, whole) for _, rate in region.components])
    return tuple(
        Component(name=name, rate_ppm=rate, tax=part)
        for (name, rate), part in zip(region.components, parts, strict=True)
    )


def _settled(
    chance: Chance, total: Amounts, discount: int, day: date
) -> tuple[Totals, tuple[Payment, ...]]:
    """Settle nothing, a part or all of an invoice: by credit, by notes, by a payment."""
    shares = (0, 0, 0, 1)
    if total.gross > 0 and chance.hits(700):
        shares = (chance.below(2), chance.below(2), chance.below(3), chance.below(2))
    weights = shares if any(shares) else (0, 0, 1, 0)
    parts = [one.minor for one in Money(total.gross, currency("EUR")).split(weights)]
    payments: tuple[Payment, ...] = ()
    if parts[2]:
        method = chance.of(("card", "sepa_debit", "paypal"))
        payments = (
            Payment(
                method=method, brand="visa" if method == "card" else None,
                last4="4242" if method == "card" else None, date=day.isoformat(), amount=parts[2],
            ),
        )  # fmt: skip
    totals = Totals(
        net=total.net, tax=total.tax, gross=total.gross, discount=discount, from_credit=parts[0],
        from_notes=parts[1], paid=parts[2], payable=parts[3],
    )  # fmt: skip
    return totals, payments


def make_credit_note(chance: Chance, invoice: Document) -> Document:
    """Credit an invoice: all of it, or parts of some lines."""
    body = invoice.body
    lines = [line for line in body.lines if line.gross > 0] or list(body.lines)
    chosen = lines if chance.hits(400) else lines[: 1 + chance.below(len(lines))]
    credited = tuple(_credited(chance, line, body.behavior) for line in chosen)
    members: dict[tuple[Treatment, int], list[Line]] = {}
    for line in credited:
        members.setdefault((line.treatment, line.rate_ppm), []).append(line)
    return credit_note_of(
        invoice,
        credited,
        tuple(
            TaxGroup(
                treatment=treatment, rate_ppm=rate_ppm, base=sum(line.net for line in each),
                tax=sum(line.tax for line in each),
            )
            for (treatment, rate_ppm), each in members.items()
        ),
        settles=chance.of(tuple(Settles)),
    )  # fmt: skip


def credit_note_of(
    invoice: Document, lines: tuple[Line, ...], groups: tuple[TaxGroup, ...], *, settles: Settles
) -> Document:
    """Make a credit note of lines that are decided."""
    body = invoice.body
    return Document(
        body=Body(
            format=FORMAT, kind=Kind.CREDIT_NOTE, id=f"crn_{body.id[4:]}", series="ser_2",
            salt="00", issue_date=body.issue_date, issued_at=body.issued_at,
            currency=body.currency, exponent=body.exponent, language=body.language,
            market=body.market, behavior=body.behavior, reason="refund", settles=settles,
            seller=body.seller, buyer=body.buyer, lines=lines, tax_groups=groups,
            totals=Totals(
                net=sum(line.net for line in lines), tax=sum(line.tax for line in lines),
                gross=sum(line.gross for line in lines),
            ),
            references=References(
                original=Original(id=body.id, date=body.issue_date, number=invoice.number)
            ),
        ),
        seller=invoice.seller,
        number=f"C-{invoice.number}",
    )  # fmt: skip


def _credited(chance: Chance, line: Line, behavior: str) -> Line:
    inclusive = behavior == TaxBehavior.INCLUSIVE
    stated = line.gross if inclusive else line.net
    sign = -1 if stated < 0 else 1
    part = stated if chance.hits(400) else sign * chance.below(abs(stated) + 1)
    tax = credit_share(line.tax, stated, cum_before=0, cum_after=part, mode=RoundingMode.HALF_UP)
    net, gross = (part - tax, part) if inclusive else (part, part + tax)
    return Line(
        no=line.no, text=line.text, plan=line.plan, component=line.component, kind=line.kind,
        period=line.period, quantity=1, amount=part, net=net, tax=tax, gross=gross,
        treatment=line.treatment, rate_ppm=line.rate_ppm,
    )  # fmt: skip
