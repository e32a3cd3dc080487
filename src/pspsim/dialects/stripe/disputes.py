"""Disputes: the object, its events, and what it adds to the balance and costs.

Source: Stripe API reference, "The Dispute object", "Types of events", "Balance transaction types".
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from pspsim.dialects.stripe import units, views
from pspsim.dialects.stripe.call import Object
from pspsim.draws import Draws
from pspsim.provider import Provider
from pspsim.records import Dispute, DisputeChanged, Refund

FEE: Final = 1500
_INQUIRIES: Final[Mapping[str, str]] = {
    "warning": "warning_needs_response",
    "under_review": "warning_under_review",
    "withdrawn": "warning_closed",
}
_STATUSES: Final[Mapping[str, str]] = {"withdrawn": "won"}
EVIDENCE: Final = "dispute evidence"
"""Where it is kept what was handed in, by the name of the dispute."""
_NO_EVIDENCE: Final[Mapping[str, Any]] = {"fields": {}, "submissions": 0, "metadata": {}}
_REASONS: Final[Mapping[str, str]] = {
    "fraud": "fraudulent",
    "canceled_recurring": "subscription_canceled",
    "not_received": "product_not_received",
}
_EVENTS: Final[Mapping[str, str]] = {"submit": "updated", "warn": "created", "open": "created"}


def shown(provider: Provider, dispute: Dispute) -> Object:
    """Show a dispute."""
    charge = provider.own.charges[dispute.charge]
    currency, id_ = dispute.currency.lower(), name(provider.draws, dispute)
    evidence = provider.own.kept.get(EVIDENCE, {}).get(id_, _NO_EVIDENCE)
    return {
        "id": id_,
        "object": "dispute",
        "amount": units.shown(dispute.amount, currency),
        "balance_transactions": [],
        "charge": views.charge_id(charge),
        "created": int(dispute.created.timestamp()),
        "currency": currency,
        "evidence": evidence["fields"],
        "evidence_details": {
            "due_by": int(dispute.due_by.timestamp()),
            "has_evidence": bool(evidence["fields"]),
            "past_due": provider.books.now > dispute.due_by,
            "submission_count": evidence["submissions"],
        },
        "is_charge_refundable": dispute.status == "warning",
        "livemode": False,
        "metadata": evidence["metadata"],
        "network_reason_code": None,
        "payment_intent": views.intent_id(provider, charge),
        "reason": _REASONS.get(dispute.reason, dispute.reason),
        "status": (_INQUIRIES if dispute.stage == "inquiry" else _STATUSES).get(
            dispute.status, dispute.status
        ),
    }


def kinds(changed: DisputeChanged, *, is_first: bool) -> Iterator[str]:
    """Name the events of one step: what happened, and what moved."""
    kind = "created" if is_first else _EVENTS.get(changed.step, "closed")
    yield f"charge.dispute.{'updated' if kind == 'created' and not is_first else kind}"
    if changed.moved:
        moved = "funds_withdrawn" if changed.moved < 0 else "funds_reinstated"
        yield f"charge.dispute.{moved}"


def lines(provider: Provider) -> Iterator[Object]:
    """Show what disputes moved in the balance: adjustments; what is taken costs a fee."""
    for changed in provider.own.later.changes:
        if changed.moved:
            yield _line(
                provider,
                f"txn_{name(provider.draws, changed.item)}{changed.number}",
                ("adjustment", name(provider.draws, changed.item)),
                (changed.moved, FEE if changed.moved < 0 else 0, changed.item.currency),
                at=changed.at,
            )


def reversals(provider: Provider) -> Iterator[Object]:
    """Show what refunds gave back to the balance that came back."""
    for id_, at in provider.own.later.reversed.items():
        refund = provider.own.refunds[id_]
        yield _line(
            provider,
            f"txn_back{id_}",
            ("refund_failure", id_),
            (refund.amount, 0, refund.currency),
            at=at,
        )


def _line(
    provider: Provider,
    id_: str,
    what: tuple[str, str],
    moved: tuple[int, int, str],
    *,
    at: datetime,
) -> Object:
    (kind, source), (amount, fee, currency) = what, moved
    units_moved = units.shown(abs(amount), currency.lower()) * (1 if amount > 0 else -1)
    return {
        "id": id_,
        "object": "balance_transaction",
        "amount": units_moved,
        "available_on": int(at.timestamp()),
        "balance_type": "payments",
        "created": int(at.timestamp()),
        "currency": currency.lower(),
        "description": None,
        "exchange_rate": None,
        "fee": fee,
        "fee_details": [],
        "net": units_moved - fee,
        "reporting_category": "dispute" if kind == "adjustment" else kind,
        "source": source,
        "status": "available" if at <= provider.books.now else "pending",
        "type": kind,
    }


def source(provider: Provider, line: Object) -> Object | None:
    """Return what stands behind a line of a dispute or of a refund that came back."""
    if line["type"] == "refund_failure":
        refund: Refund = provider.own.refunds[line["source"]]
        return views.refund(provider, refund)
    for dispute in provider.own.later.disputes.values():
        if line["source"] == name(provider.draws, dispute):
            return shown(provider, dispute)
    return None


def told(changed: DisputeChanged) -> str:
    """Name what tells events of several steps of one dispute apart."""
    return f"{changed.item.id}:{changed.number}"


def name(draws: Draws, dispute: Dispute) -> str:
    """Return Stripe's name of a dispute."""
    return "dp_" + draws.name("", "stripe-dispute", dispute.id).lstrip("_")
