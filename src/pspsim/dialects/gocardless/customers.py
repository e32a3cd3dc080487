"""What moves no money: customers, their bank accounts and mandates."""

from collections.abc import Callable, Mapping
from typing import Final

from pspsim.dialects.gocardless import bodies, shown
from pspsim.dialects.gocardless.errors import CONFLICT, problem, refused
from pspsim.dialects.gocardless.orders import key_of
from pspsim.dialects.gocardless.stages import Object, creditor_id, name, timestamp
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import Kept, encode
from pspsim.replies import Reply

PREFIXES: Final[Mapping[str, str]] = {
    "customers": "CU",
    "customer_bank_accounts": "BA",
    "mandates": "MD",
    "billing_requests": "BRQ",
    "billing_request_flows": "BRF",
}
TOKEN: Final = "tok_"  # noqa: S105 - how the simulator's payment tokens begin
SHOWN_DIGITS: Final = 2


def create(provider: Provider, request: Request, *, collection: str) -> Reply:
    """Keep a new object under its idempotency key; raises ``Refused``."""
    kept = provider.own.kept
    key = key_of(provider, request) if request.key else f"kept-{sum(map(len, kept.values()))}"
    before = kept.get("creations", {}).get(key)
    if before is not None:
        return problem(CONFLICT, links={"conflicting_resource_id": before["id"]})
    value = keep(provider, collection, _MAKERS[collection](provider, request), key=key)
    provider.books.record(Kept(provider.name, "creations", key, {"id": value["id"]}))
    return Reply(201, encode({collection: show(provider, collection, value)}))


def keep(provider: Provider, collection: str, made: Object, *, key: str) -> Object:
    """Give a new object its name, which ``key`` decides, and keep it."""
    id_ = name(provider.draws, PREFIXES[collection], collection, provider.name, key)
    value = {"id": id_, "created_at": timestamp(provider.books.now), **made}
    if collection == "mandates" and "token" not in value:
        value["token"] = f"tok_ok_{id_}"
    provider.books.record(Kept(provider.name, collection, id_, value))
    return value


def show(provider: Provider, collection: str, kept: Object) -> Object:
    """Show a kept object."""
    return shown.mandate(provider, kept) if collection == "mandates" else kept


def _customer(_: Provider, request: Request) -> Object:
    body = bodies.read("customers", request.body, bodies.CustomerBody)
    return {field: getattr(body, field) for field in body.__struct_fields__}


def _bank_account(provider: Provider, request: Request) -> Object:
    body = bodies.read("customer_bank_accounts", request.body, bodies.BankAccountBody)
    if body.links.customer not in provider.own.kept.get("customers", {}):
        raise refused("link_not_found", "there is no such customer")
    digits = body.iban or body.account_number or ""
    return {
        "account_holder_name": body.account_holder_name,
        "account_number_ending": digits[-SHOWN_DIGITS:],
        "bank_name": "SIMULATED BANK",
        "country_code": body.country_code or (body.iban or "")[:2] or None,
        "currency": body.currency,
        "enabled": True,
        "metadata": body.metadata,
        "links": {"customer": body.links.customer},
    }


def _mandate(provider: Provider, request: Request) -> Object:
    body = bodies.read("mandates", request.body, bodies.MandateBody)
    account = provider.own.kept.get("customer_bank_accounts", {}).get(
        body.links.customer_bank_account
    )
    if account is None:
        raise refused("link_not_found", "there is no such bank account")
    said = (body.metadata.get("token"), account["metadata"].get("token"))
    tokens = [each for each in (*said, account["account_holder_name"]) if each]
    token = next((each for each in tokens if each.startswith(TOKEN)), None)
    return {
        "reference": body.reference or body.links.customer_bank_account[-8:],
        "scheme": body.scheme,
        "metadata": body.metadata,
        **({} if token is None else {"token": token}),
        "links": {
            "customer": account["links"]["customer"],
            "customer_bank_account": account["id"],
            "creditor": creditor_id(provider),
        },
    }


_MAKERS: Final[Mapping[str, Callable[[Provider, Request], Object]]] = {
    "customers": _customer,
    "customer_bank_accounts": _bank_account,
    "mandates": _mandate,
}
