"""What invoices name the customer by: shown, and changed in the version that was read."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import CustomerId
from ledgerline.customers import views as customers
from ledgerline.customers.model import Address, Buyer, CustomerChange
from ledgerline.flows.change_customer import change_customer
from ledgerline.flows.read_buyer import Sealing
from ledgerline.storefront.portal.visit import HOME, Visit, go_to
from ledgerline.web.wire import Response

ADDRESS: Final = f"{HOME}/address"
ACTOR: Final = "customer"
LONGEST: Final[Mapping[str, int]] = {
    "name": 200, "line1": 200, "line2": 200, "postal_code": 20, "city": 100, "region": 100,
}  # fmt: skip
"""The fields of the form, each with how many characters it takes, as the API does."""


class Named(NamedTuple):
    """Who the customer is in their newest version."""

    buyer: Buyer
    version: int


async def show(visit: Visit) -> Response:
    """Show the form with what is known."""
    held = await read_named(visit)
    return _form(visit, held, _typed(held.buyer))


async def change(visit: Visit) -> Response:
    """Keep what was entered; what cannot stand on an invoice is said beside its field."""
    form = await visit.form("version")
    held = await read_named(visit)
    typed = {name: form.get(name, "").strip() for name in LONGEST}
    long = [name for name, most in LONGEST.items() if len(typed[name]) > most]
    if long:
        return _form(visit, held, typed, wrong=long[0])
    try:
        await change_customer(
            visit.run, CustomerId(visit.customer.id), _change(typed, _country(visit, held.buyer)),
            seen=int(form["version"]), actor=ACTOR, command=visit.command(form),
        )  # fmt: skip
    except Rejected as refused:
        wrong = str(refused.facts.get("pointer", "")).rpartition("/")[2]
        if wrong not in LONGEST:
            return visit.problem(refused, back=ADDRESS)
        return _form(visit, held, typed, wrong=wrong)
    return go_to(f"{HOME}/account?done=addressed")


async def read_named(visit: Visit) -> Named:
    """Open who the customer is; a session ends with an erasure, so there is a key."""
    async with visit.run.reading() as read:
        row = await customers.customer(read, bucket=visit.bucket, id=visit.customer.id)
    assert row is not None, visit.customer.id
    assert row.wrapped is not None, visit.customer.id
    assert row.buyer_sealed is not None, visit.customer.id
    key = visit.run.keyring.unwrap(row.wrapped)
    buyer = Sealing(visit.run, key, CustomerId(row.id)).open_buyer(
        row.buyer_sealed, version=row.version, tax_status=row.tax_status,
        place_evidence=row.place_evidence,
    )  # fmt: skip
    return Named(buyer, row.version)


def lines_of(visit: Visit, buyer: Buyer) -> list[str]:
    """Write name and address as lines."""
    held = buyer.address
    place = [] if held is None else [
        held.line1, held.line2, f"{held.postal_code or ''} {held.city}".strip(), held.region,
        visit.language.locality.country(held.country),
    ]  # fmt: skip
    return [line for line in (buyer.name, *place) if line]


def _form(visit: Visit, held: Named, typed: Mapping[str, str], *, wrong: str = "") -> Response:
    country = visit.language.locality.country(_country(visit, held.buyer))
    said: dict[str, object] = {
        "tab": "account", "typed": typed, "wrong": wrong, "longest": LONGEST, "country": country,
        "hidden": visit.sealed(ADDRESS, version=str(held.version)),
    }  # fmt: skip
    return visit.page("portal_address.html", said, status=422 if wrong else 200)


def _typed(buyer: Buyer) -> dict[str, str]:
    held = buyer.address
    if held is None:
        return {**dict.fromkeys(LONGEST, ""), "name": buyer.name or ""}
    return {
        "name": buyer.name or "", "line1": held.line1, "line2": held.line2 or "",
        "postal_code": held.postal_code or "", "city": held.city, "region": held.region or "",
    }  # fmt: skip


def _change(typed: Mapping[str, str], country: str) -> CustomerChange:
    return CustomerChange(
        name=typed["name"] or None,
        address=Address(
            line1=typed["line1"], line2=typed["line2"] or None,
            postal_code=typed["postal_code"] or None, city=typed["city"],
            region=typed["region"] or None, country=country,
        ),
    )  # fmt: skip


def _country(visit: Visit, buyer: Buyer) -> str:
    """Return the country, which stays: prices and tax are those of the market it was sold in."""
    return visit.customer.market_code if buyer.address is None else buyer.address.country
