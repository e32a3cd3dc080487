"""Quotes: what an order would cost, now and next."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Final

from msgspec import Meta, Struct

from ledgerline.api.notes import ExternalId, Metadata
from ledgerline.api.operations import Answer, Call, Operation, read_id
from ledgerline.api.shapes import (
    Code,
    CustomerIdText,
    Days,
    How,
    LanguageText,
    Line,
    Money,
    PaymentMethodIdText,
    ReturnUrl,
    money,
    utc,
)
from ledgerline.base.ids import PREFIXES, CustomerId, encode
from ledgerline.flows.quote_purchase import quote_purchase
from ledgerline.flows.start_purchase import fingerprint
from ledgerline.pricing.model import PricedLine
from ledgerline.rules import explain
from ledgerline.rules.quote import AddOn, Next, Order
from ledgerline.rules.quote import Quote as Quoted
from ledgerline.subscriptions.model import Accepted, AgreementKind, Attached
from ledgerline.subscriptions.rules.agreements import refuse_unusable

IpText = Annotated[str, Meta(min_length=2, max_length=45)]
ADD_ONS_MAX: Final = 20
Fingerprint = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
CouponText = Annotated[str, Meta(pattern="^ *[A-Za-z0-9]{1,64} *$", max_length=100)]


class AddOnBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An add-on that is bought with a plan."""

    plan: Code
    quantity: int = 1


AddOns = Annotated[list[AddOnBody], Meta(max_length=ADD_ONS_MAX)]


class QuoteBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer may want to buy."""

    customer: CustomerIdText
    plan: Code
    quantity: int = 1
    add_ons: AddOns = []
    coupon: CouponText | None = None
    trial: bool = True


class AgreementBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A text that the payer accepts."""

    kind: AgreementKind
    text_version: Code
    language: LanguageText | None = None


class PurchaseBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a customer buys. ``expect`` is the fingerprint of the quote the payer saw.

    ``return_url`` is where the payer comes back to if their bank wants to see them first; without
    it a bank that does refuses. Without a ``payment_method`` it is charged by the customer's
    default. ``agreements`` are the texts the payer accepts with it, from the address ``payer_ip``;
    ``metadata`` and ``external_id`` are the subscription's.
    """

    customer: CustomerIdText
    plan: Code
    payment_method: PaymentMethodIdText | None = None
    quantity: int = 1
    add_ons: AddOns = []
    coupon: CouponText | None = None
    trial: bool = True
    expect: Fingerprint | None = None
    agreements: Annotated[list[AgreementBody], Meta(max_length=10)] = []
    payer_ip: IpText | None = None
    return_url: ReturnUrl | None = None
    metadata: Metadata = {}
    external_id: ExternalId | None = None
    validate_only: bool = False


class NextCharge(Struct, frozen=True, kw_only=True):
    """What the next invoice will say, priced and taxed at its own date."""

    on: date
    lines: list[Line]
    total: Money
    tax: Money


class Quote(Struct, frozen=True, kw_only=True):
    """What an order costs now and next; ``fingerprint`` holds a purchase to it."""

    object: str = "quote"
    livemode: bool
    as_of: datetime
    fingerprint: str
    plan: str
    price: str
    lines: list[Line]
    from_credit: Money
    due_now: Money
    next_charge: NextCharge | None


async def create(call: Call) -> Answer:
    """Compute a quote; nothing is written."""
    quoted = await quote_purchase(call.run, order_of(call.body))
    return Answer(200, render(call, quoted))


def order_of(body: QuoteBody | PurchaseBody) -> Order:
    """Read the order in a body; raises ``WrongIdKind``."""
    customer_id = CustomerId(read_id("customer", body.customer))
    attached = _attached(body) if isinstance(body, PurchaseBody) else Attached()
    return Order(
        customer_id=customer_id,
        plan_code=body.plan,
        quantity=body.quantity,
        add_ons=tuple(AddOn(one.plan, one.quantity) for one in body.add_ons),
        coupon_code=body.coupon,
        with_trial=body.trial,
        attached=attached,
    )


def accepted(given: Sequence[AgreementBody]) -> tuple[Accepted, ...]:
    """Read what texts the payer accepts."""
    return tuple(Accepted(one.kind, one.text_version, one.language) for one in given)


def _attached(body: PurchaseBody) -> Attached:
    """Read what stands beside the order; raises ``AgreementsRefused`` and ``PayerIpRefused``."""
    attached = Attached(
        metadata=body.metadata,
        external_id=body.external_id,
        agreements=accepted(body.agreements),
        payer_ip=body.payer_ip,
    )
    refuse_unusable(attached)
    return attached


def render(call: Call, quoted: Quoted) -> Quote:
    """Show a quote with the explanation of its lines."""
    currency = quoted.price.currency
    return Quote(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        fingerprint=fingerprint(quoted).hex(),
        plan=quoted.price.plan_code,
        price=encode(PREFIXES["price"], quoted.price.id),
        lines=[line(one) for one in quoted.bill.priced.lines],
        from_credit=money(quoted.credit_used_minor, currency),
        due_now=money(quoted.due_now_minor, currency),
        next_charge=next_charge(quoted.after),
    )


def next_charge(after: Next | None) -> NextCharge | None:
    """Show the charge that follows; None when service ends before it."""
    if after is None:
        return None
    priced = after.bill.priced
    currency = priced.lines[0].terms.currency
    return NextCharge(
        on=after.on,
        lines=[line(one) for one in priced.lines],
        total=money(priced.gross_minor, currency),
        tax=money(priced.tax_minor, currency),
    )


def line(priced: PricedLine) -> Line:
    """Show a priced line."""
    currency = priced.terms.currency
    how = explain.explain(explain.of_line(priced))
    return Line(
        text=priced.terms.plan_name,
        component=priced.component,
        kind=priced.kind,
        period=Days(priced.period.start, priced.period.end),
        quantity=priced.terms.quantity,
        net=money(priced.net_minor, currency),
        tax=money(priced.tax_minor, currency),
        total=money(priced.gross_minor, currency),
        how=How(rule=how.rule, formula=how.formula, tax=how.tax),
    )


OPERATIONS: Final = (
    Operation(
        name="create_quote", method="POST", path="/v1/quotes",
        summary="Compute what an order costs, now and next", handle=create, gives={200: Quote},
        body=QuoteBody,
    ),
)  # fmt: skip
