"""Where payments, refunds and mandates stand, by the books and the clock."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from msgspec import UNSET

from pspsim.draws import Draws
from pspsim.provider import Provider
from pspsim.records import Charge, Refund, Status

SUBMITTED_AFTER: Final = timedelta(hours=12)
"""Until then a payment can be cancelled; its bank has not heard of it."""
BEFORE_CHARGE_DATE: Final = timedelta(days=2)
"""How long before its day a payment of a given day goes to the banks."""
CANCELLATIONS: Final = frozenset({"payment_cancelled", "mandate_cancelled_by_api"})
"""Ends of a payment that are no refusal of a bank."""
DIRECT_MANDATE: Final = "MDtok_"
"""How a mandate begins that nobody has to set up: it is ``MD`` and a payment token."""
STATUSES: Final[Mapping[str, str]] = {
    "active": "active",
    "blocked": "blocked",
    "cancelled": "cancelled",
    "expired": "expired",
    "failed": "failed",
    "reinstated": "active",
    "suspended_by_payer": "suspended_by_payer",
}
"""What a mandate is after something happened to it; what is not here leaves it as it is."""
INACTIVE: Final = frozenset({"cancelled", "expired", "failed", "blocked", "suspended_by_payer"})
REVERSALS: Final = "reversals"
"""Where it is kept what a bank took back of a payment."""
_NAME_CHARACTERS: Final = 12

Object = dict[str, Any]


def name(draws: Draws, prefix: str, stream: str, *entity: str | int) -> str:
    """Draw an identifier as GoCardless writes them: two letters, then letters and digits."""
    return prefix + draws.name("", stream, *entity)[1:][:_NAME_CHARACTERS].upper()


def timestamp(at: datetime) -> str:
    """Write an instant with milliseconds, in UTC."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def is_submitted(provider: Provider, created: datetime) -> bool:
    """Tell whether what was created then has gone to the banks by now."""
    return provider.books.now >= created + SUBMITTED_AFTER


def submitted_at(provider: Provider, charge: Charge) -> datetime:
    """Return when a payment goes to the banks: soon, or shortly before the day it is to come on."""
    soon = charge.created + SUBMITTED_AFTER
    settles_on = provider.own.notes[charge.id].get("settles_on")
    if settles_on is None:
        return soon
    return max(soon, datetime.fromisoformat(settles_on) - BEFORE_CHARGE_DATE)


def payment_status(provider: Provider, charge: Charge) -> str:
    """Return the status of a payment."""
    reversal = reversal_of(provider, charge)
    if reversal is not None:
        return str(reversal["status"])
    dispute = provider.own.later.disputes.get(charge.id)
    if dispute is not None and dispute.status == "lost":
        return taken_back(dispute.reason)
    if charge.id in provider.own.paid_out:
        return "paid_out"
    if charge.status is Status.SUCCEEDED:
        return "confirmed"
    if charge.status is Status.DECLINED:
        return "cancelled" if charge.decline_code in CANCELLATIONS else "failed"
    is_gone = provider.books.now >= submitted_at(provider, charge)
    return "submitted" if is_gone else "pending_submission"


def taken_back(reason: str) -> str:
    """Return the status of a payment that its bank took back later."""
    return "failed" if reason == "insufficient_funds" else "charged_back"


def reversal_of(provider: Provider, charge: Charge) -> Object | None:
    """Return how and when a bank took a payment back after it was paid out, if it did."""
    return provider.own.kept.get(REVERSALS, {}).get(charge.id)


def refund_status(provider: Provider, refund: Refund) -> str:
    """Return the status of a refund."""
    if refund.status is Status.SUCCEEDED:
        return "paid"
    if refund.status is Status.FAILED:
        return "funds_returned" if refund.id in provider.own.later.reversed else "bounced"
    return "submitted" if is_submitted(provider, refund.created) else "created"


def decline_of(charge: Charge) -> str:
    """Return how a payment ended that brought no money."""
    assert charge.decline_code is not UNSET, charge
    return charge.decline_code


def mandate_status(provider: Provider, mandate: Object) -> str:
    """Return the status of a mandate that is kept."""
    for step in reversed(mandate.get("history", [])):
        if step["action"] in STATUSES:
            return STATUSES[step["action"]]
    created = datetime.fromisoformat(mandate["created_at"])
    return "active" if is_submitted(provider, created) else "pending_submission"


def find_mandate(provider: Provider, id_: str) -> Object | None:
    """Find a mandate: one that was created, or one that is a payment token by its name."""
    kept: Object | None = provider.own.kept.get("mandates", {}).get(id_)
    if kept is not None or not id_.startswith(DIRECT_MANDATE):
        return kept
    return {
        "id": id_,
        "token": id_.removeprefix("MD"),
        "created_at": timestamp(provider.world.clock - timedelta(days=1)),
        "scheme": "sepa_core",
        "reference": id_[-8:],
        "metadata": {},
        "links": {"creditor": creditor_id(provider)},
    }


def creditor_id(provider: Provider) -> str:
    """Return the identifier of the one creditor of an account."""
    return name(provider.draws, "CR", "creditor", provider.name)
