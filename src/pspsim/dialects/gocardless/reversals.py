"""What banks and payers do, on request as in GoCardless's sandbox.

Source: API reference, "Scenario simulators"; here a scenario begins with what the clock paid out.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from pspsim.dialects.gocardless import events, orders
from pspsim.dialects.gocardless.causes import Cause
from pspsim.dialects.gocardless.errors import invalid, refused
from pspsim.dialects.gocardless.stages import (
    REVERSALS,
    find_mandate,
    name,
    payment_status,
    timestamp,
)
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import Kept, encode
from pspsim.replies import Reply


class _Scenario(NamedTuple):
    status: str
    cause: Cause


_SCENARIOS: Final[Mapping[str, _Scenario]] = {
    "payment_charged_back": _Scenario("charged_back", Cause("authorisation_disputed", "MD01")),
    "payment_late_failure": _Scenario("failed", Cause("bank_account_closed", "AC04")),
}


_MANDATES: Final[Mapping[str, tuple[str, str]]] = {
    "mandate_activated": ("active", "mandate_activated"),
    "mandate_expired": ("expired", "mandate_expired"),
    "mandate_failed": ("failed", "invalid_bank_details"),
    "mandate_suspended_by_payer": ("suspended_by_payer", "mandate_suspended_by_payer"),
    "mandate_transferred": ("transferred", "bank_account_transferred"),
    # no scenario of GoCardless, but what it does when a merchant's own identifier changes
    "mandate_replaced": ("replaced", "scheme_identifier_changed"),
    # nor this: what a payer does in their bank
    "mandate_cancelled_by_bank": ("cancelled", "mandate_cancelled"),
}


def run(provider: Provider, request: Request, *, scenario: str) -> Reply:
    """Take a payment back, once; raises ``Refused``."""
    if scenario in _MANDATES:
        return _of_mandate(provider, request, scenario=scenario)
    if scenario not in _SCENARIOS:
        raise refused("resource_not_found", "this scenario is not simulated")
    charge = provider.own.charges.get(_resource(request.body))
    if charge is None:
        raise refused("link_not_found", "there is no such payment")
    if payment_status(provider, charge) != "paid_out":
        raise invalid("scenario_simulators", resource="must be paid out")
    status, cause = _SCENARIOS[scenario]
    now = timestamp(provider.books.now)
    value = {"status": status, "at": now, "cause": cause.cause, "reason_code": cause.reason_code}
    provider.books.record(Kept(provider.name, REVERSALS, charge.id, value))
    provider.announce(provider.name, events.newest(provider, charge))
    return Reply(201, encode({"scenario_simulators": {"id": scenario}}))


def _of_mandate(provider: Provider, request: Request, *, scenario: str) -> Reply:
    """Let something happen to a mandate; a replacement is one more mandate of the same payer."""
    mandate = find_mandate(provider, _resource(request.body))
    if mandate is None:
        raise refused("link_not_found", "there is no such mandate")
    action, cause = _MANDATES[scenario]
    details: dict[str, Any] = {"cause": cause}
    if action == "replaced":
        history = len(mandate.get("history", []))
        id_ = name(provider.draws, "MD", "mandates", provider.name, mandate["id"], history)
        at = timestamp(provider.books.now)
        value = {**mandate, "id": id_, "created_at": at, "history": []}
        provider.books.record(Kept(provider.name, "mandates", id_, value))
        mandate = orders.happened(provider, mandate, "cancelled", cause=cause)
        details["links"] = {"new_mandate": id_}
    orders.happened(provider, mandate, action, **details)
    return Reply(201, encode({"scenario_simulators": {"id": scenario}}))


def _resource(raw: bytes) -> str:
    """Return the id in ``{"data": {"links": {"resource": id}}}``; raises ``Refused``."""
    try:
        plain: Any = msgspec.json.decode(raw)
        return str(plain["data"]["links"]["resource"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise refused("invalid_document_structure") from None
