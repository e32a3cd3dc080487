"""Where in a request the value stands that a rule refused; rules know no bodies."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

from ledgerline.access.model import ExternalIdTaken, PaymentTokenTaken
from ledgerline.base.calendar import BadDuration
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, WrongIdKind
from ledgerline.base.pointers import escaped
from ledgerline.catalog import model as catalog
from ledgerline.catalog import refusals as selling
from ledgerline.customers import model as customers
from ledgerline.invoicing import model as invoicing
from ledgerline.payments import refusals as payments
from ledgerline.pricing import model as pricing
from ledgerline.purchases import model as purchases
from ledgerline.subscriptions import model as subscriptions

MEMBER: Final[Mapping[type[Rejected], str]] = MappingProxyType(
    {
        ExternalIdTaken: "external_id",
        PaymentTokenTaken: "token",
        BadDuration: "by",
        catalog.PlanNotSold: "plan",
        catalog.PriceMissing: "plan",
        catalog.UnknownCoupon: "coupon",
        selling.UnknownMarket: "market",
        catalog.UnknownPlan: "plan",
        customers.CustomerNotFound: "customer",
        customers.PlaceEvidenceRefused: "place_evidence",
        customers.TaxIdsRefused: "tax_ids",
        customers.TrialAlreadyUsed: "trial",
        customers.UnknownCountry: "country",
        customers.UnknownZone: "time_zone",
        customers.VersionStale: "version",
        invoicing.InvoiceNotFound: "invoice",
        payments.PaymentMethodKnown: "token",
        payments.SetupNotOffered: "psp_account",
        payments.InstrumentExists: "psp_account",
        payments.NoPaymentRoute: "payment_method",
        payments.PaymentMethodNotFound: "payment_method",
        payments.PaymentNotFound: "payment",
        payments.PaymentNotRefundable: "payment",
        payments.PaymentDisputed: "payment",
        payments.DisputeNotFound: "dispute",
        payments.DefenceRefused: "defence",
        payments.PspAccountNotFound: "psp_account",
        payments.RefundDayAhead: "from_on",
        payments.RefundExceedsCaptured: "amount",
        pricing.AmountTooLarge: "quantity",
        pricing.CouponNotApplicable: "coupon",
        pricing.QuantityRefused: "quantity",
        purchases.PreviewStale: "expect",
        subscriptions.AddOnRefused: "plan",
        subscriptions.AgreementsRefused: "agreements",
        purchases.ConsentMissing: "agreements",
        subscriptions.NothingToUndo: "intention",
        subscriptions.SubscriptionNotFound: "subscription",
    }
)
"""The member of a request that holds what a refusal is about, at whatever depth."""

_KINDS: Final = {prefix: kind for kind, prefix in PREFIXES.items()}


def pointed(refused: Rejected, sent: Any) -> Rejected:
    """Add to a refusal where in ``sent`` its reason stands, if that was sent and is not known yet.

    Of several members of one name it is the one that holds a value the rule has told.
    """
    if {"pointer", "mistakes"} & refused.facts.keys():
        return refused
    name = MEMBER.get(type(refused))
    if isinstance(refused, WrongIdKind):
        name = _KINDS.get(str(refused.facts.get("expected")))
    found = [] if name is None else list(_members(sent, name))
    told = [one for one in refused.facts.values() if isinstance(one, str | int)]
    exact = [pointer for pointer, value in found if value in told]
    for pointer in (*exact, *(pointer for pointer, _ in found)):
        refused.facts["pointer"] = pointer
        break
    return refused


def _members(value: Any, name: str, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """Find the members of a name, outer ones first; a body that was read is not deep."""
    parts: list[tuple[str, Any]] = []
    if isinstance(value, dict):
        if value.get(name) is not None:
            yield f"{pointer}/{name}", value[name]
        parts = [(escaped(str(key)), part) for key, part in value.items()]
    elif isinstance(value, list):
        parts = [(str(n), part) for n, part in enumerate(value)]
    for step, part in parts:
        yield from _members(part, name, f"{pointer}/{step}")
