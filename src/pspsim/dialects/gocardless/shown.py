"""Payments, refunds, mandates and the rest as the API shows them."""

import json
from datetime import timedelta
from typing import Final

from pspsim.dialects.gocardless.causes import SCHEMES
from pspsim.dialects.gocardless.payouts import payout_id
from pspsim.dialects.gocardless.stages import (
    INACTIVE,
    Object,
    creditor_id,
    mandate_status,
    payment_status,
    refund_status,
    timestamp,
)
from pspsim.provider import Provider
from pspsim.records import Charge, Refund

COLLECTED_AFTER: Final = timedelta(days=1)
_NO_FX: Final = {
    "estimated_exchange_rate": None,
    "exchange_rate": None,
    "fx_amount": None,
    "fx_currency": None,
}


def payment(provider: Provider, charge: Charge) -> Object:
    """Show a payment."""
    note = provider.own.notes[charge.id]
    links = {"mandate": note["mandate"], "creditor": creditor_id(provider)}
    paid_out = provider.own.paid_out.get(charge.id)
    if paid_out is not None:
        links["payout"] = payout_id(provider, charge.currency, at=paid_out)
    return {
        "id": charge.id,
        "created_at": timestamp(charge.created),
        "charge_date": note.get(
            "charge_date", (charge.created + COLLECTED_AFTER).date().isoformat()
        ),
        "amount": charge.amount,
        "amount_refunded": provider.own.refunded[charge.id],
        "currency": charge.currency,
        "description": note.get("description"),
        "reference": note.get("reference"),
        "status": payment_status(provider, charge),
        "scheme": SCHEMES[charge.currency],
        "retry_if_possible": note.get("retry_if_possible") == "true",
        "fx": _NO_FX,
        "metadata": metadata(provider, charge.id),
        "links": links,
    }


def refund(provider: Provider, held: Refund) -> Object:
    """Show a refund."""
    note = provider.own.notes.get(held.id, {})
    mandate = provider.own.notes[held.charge]["mandate"]
    return {
        "id": held.id,
        "created_at": timestamp(held.created),
        "amount": held.amount,
        "currency": held.currency,
        "reference": note.get("reference"),
        "status": refund_status(provider, held),
        "fx": _NO_FX,
        "metadata": metadata(provider, held.id),
        "links": {"payment": held.charge, "mandate": mandate},
    }


def mandate(provider: Provider, kept: Object) -> Object:
    """Show a mandate."""
    status = mandate_status(provider, kept)
    soonest = (provider.books.now + COLLECTED_AFTER).date().isoformat()
    return {
        "id": kept["id"],
        "created_at": kept["created_at"],
        "reference": kept["reference"],
        "status": status,
        "scheme": kept["scheme"],
        "next_possible_charge_date": None if status in INACTIVE else soonest,
        "payments_require_approval": False,
        "metadata": kept["metadata"],
        "links": kept["links"],
    }


def creditor(provider: Provider) -> Object:
    """Show the one creditor of an account."""
    return {
        "id": creditor_id(provider),
        "created_at": timestamp(provider.world.clock),
        "name": provider.name,
        "creditor_type": "company",
        "verification_status": "successful",
        "can_create_refunds": True,
        "links": {},
    }


def metadata(provider: Provider, id_: str) -> dict[str, str]:
    """Return what a client keeps with a payment or refund."""
    kept: dict[str, str] = json.loads(provider.own.notes.get(id_, {}).get("metadata", "{}"))
    return kept
