"""What a bank takes back of a payment that was paid out, on request as in GoCardless's sandbox.

Source: API reference, "Scenario simulators"; here a scenario begins with what the clock paid out.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import msgspec

from pspsim.dialects.gocardless import events
from pspsim.dialects.gocardless.causes import Cause
from pspsim.dialects.gocardless.errors import invalid, refused
from pspsim.dialects.gocardless.stages import REVERSALS, payment_status, timestamp
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


def run(provider: Provider, request: Request, *, scenario: str) -> Reply:
    """Take a payment back, once; raises ``Refused``."""
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


def _resource(raw: bytes) -> str:
    """Return the id in ``{"data": {"links": {"resource": id}}}``; raises ``Refused``."""
    try:
        plain: Any = msgspec.json.decode(raw)
        return str(plain["data"]["links"]["resource"])
    except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
        raise refused("invalid_document_structure") from None
