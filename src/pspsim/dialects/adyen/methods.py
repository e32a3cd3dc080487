"""Payment methods that are stored for shoppers: each is a token of the simulator.

A method belongs to whoever paid with it first, under any shopper reference, until it is deleted.

Source: Adyen's API explorer "Checkout v71", /storedPaymentMethods and /paymentMethods.
"""

from collections.abc import Iterator
from typing import Any, Final

from pspsim.cards import card_of
from pspsim.dialects.adyen.answers import Refused
from pspsim.provider import Provider
from pspsim.records import Kept
from pspsim.tokens import TokenRefused, parse_token

_STORED: Final = "storedPaymentMethods"
_MODELS: Final = ["CardOnFile", "Subscription", "UnscheduledCardOnFile"]


def require(provider: Provider, shopper: str, method: str) -> None:
    """Refuse a method that nobody stored for a shopper; a token is stored when it is first used."""
    if not shopper:
        raise Refused("800", "Contract not found")
    try:
        parse_token(method)
    except TokenRefused as refusal:
        raise Refused("803", "PaymentDetail not found") from refusal
    kept = _kept(provider).get(_id(shopper, method))
    if kept is not None and kept["deleted"]:
        raise Refused("803", "PaymentDetail not found")


def keep(provider: Provider, shopper: str, method: str) -> None:
    """Keep that a shopper has a method."""
    if _id(shopper, method) not in _kept(provider):
        _record(provider, shopper, method, deleted=False)


def delete(provider: Provider, shopper: str, method: str) -> None:
    """Forget a method; raises ``Refused`` where the shopper has none of that name."""
    kept = _kept(provider).get(_id(shopper, method))
    if kept is None or kept["deleted"]:
        raise Refused("803", "PaymentDetail not found")
    _record(provider, shopper, method, deleted=True)


def stored(provider: Provider, shopper: str) -> list[dict[str, Any]]:
    """List the methods of a shopper."""
    return list(_stored(provider, shopper))


def offered(provider: Provider, shopper: str) -> dict[str, Any]:
    """Return what a payer may choose from."""
    cards = {"brands": ["visa"], "name": "Cards", "type": "scheme"}
    methods: dict[str, Any] = {"paymentMethods": [cards]}
    if shopper:
        methods["storedPaymentMethods"] = [
            {name: value for name, value in each.items() if name != "shopperReference"}
            for each in _stored(provider, shopper)
        ]
    return methods


def _stored(provider: Provider, shopper: str) -> Iterator[dict[str, Any]]:
    for kept in _kept(provider).values():
        if kept["shopper"] != shopper or kept["deleted"]:
            continue
        method = kept["method"]
        segment = parse_token(method).segment
        card = card_of(provider.draws, method, provider=provider.name, segment=segment)
        year, month = card.expires.split("-")
        yield {
            "brand": "visa",
            "expiryMonth": month,
            "expiryYear": year[-2:],
            "id": method,
            "lastFour": f"{provider.draws.below(10_000, 'card-last-four', card.fingerprint):04d}",
            "name": "VISA",
            "shopperReference": shopper,
            "supportedRecurringProcessingModels": _MODELS,
            "type": "scheme",
        }


def _record(provider: Provider, shopper: str, method: str, *, deleted: bool) -> None:
    value = {"shopper": shopper, "method": method, "deleted": deleted}
    provider.books.record(Kept(provider.name, _STORED, _id(shopper, method), value))


def _kept(provider: Provider) -> dict[str, dict[str, Any]]:
    return provider.own.kept.get(_STORED, {})


def _id(shopper: str, method: str) -> str:
    return f"{shopper}/{method}"
