"""Set-ups of the native dialect: a card that is verified and kept, and nothing is charged.

In the books a set-up is a charge of nothing: it has the same keys, faults and challenges.
"""

from typing import Any, Final

import msgspec
from msgspec import Struct

from pspsim.charges import ChargeBody, ChargeCommand, CurrencyCode, Reference, charge_command
from pspsim.provider import Provider
from pspsim.records import Charge, Status
from pspsim.replies import RequestRefused

SETUP: Final = "setup"
"""Under which the token of a set-up is noted."""
_OWN_PAGE: Final = "tok_ok_page"
"""How the token of a card begins that its payer gave on the provider's page."""


class SetupBody(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of ``POST /v1/setups``; no other field is known.

    Without ``payment_token`` the payer gives the card on a page, and comes back to ``return_url``.
    """

    reference: Reference
    currency: CurrencyCode
    payment_token: str | None = None
    return_url: str | None = None
    challenge: bool = False


_decode: Final = msgspec.json.Decoder(SetupBody).decode


def read_setup(provider: Provider, raw: bytes) -> ChargeCommand:
    """Read a request for a set-up; raises ``RequestRefused``."""
    try:
        body = _decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RequestRefused(str(error)) from error
    if body.payment_token is None and body.return_url is None:
        raise RequestRefused("without payment_token a return_url is needed")
    drawn = provider.draws.name(_OWN_PAGE, SETUP, provider.name, body.reference)
    token = body.payment_token or drawn
    charge = ChargeBody(
        reference=body.reference,
        amount=0,
        currency=body.currency,
        payment_token=token,
        initiator="customer",
        description="",
        return_url=body.return_url,
        challenge=body.challenge or body.payment_token is None,
    )
    return charge_command(provider, charge, note={SETUP: token})


def is_setup(provider: Provider, charge: Charge) -> bool:
    """Tell whether a charge of nothing is a set-up."""
    return SETUP in provider.own.notes.get(charge.id, {})


def shown(provider: Provider, charge: Charge) -> dict[str, Any]:
    """Show a set-up as the public API does; its token once it can be charged."""
    told: dict[str, Any] = msgspec.to_builtins(charge)
    del told["amount"]
    token = provider.own.notes[charge.id][SETUP]
    last4 = f"{provider.draws.below(10_000, 'card-last4', token):04d}"
    told |= {
        "id": "set_" + charge.id.partition("_")[2],
        "object": SETUP,
        "card": told["card"] | {"brand": "visa", "last4": last4},
    }
    if charge.status is Status.SUCCEEDED:
        told["payment_token"] = token
    return told


def of_reference(provider: Provider, reference: str) -> list[dict[str, Any]]:
    """List the set-ups under a reference, oldest first."""
    held = provider.own.charges_under(reference)
    return [shown(provider, each) for each in held if is_setup(provider, each)]
