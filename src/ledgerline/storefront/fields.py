"""Where a card is typed: fields of a provider, chosen by the rules that charges are routed by."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledgerline.base.run import Run
from ledgerline.flows.explain_route import explain_route
from ledgerline.flows.pay_checkout import CardGiven
from ledgerline.payments.model import Psps
from ledgerline.payments.rules.routing import Charge
from ledgerline.web.forms import address_with, origin_in

_CARD: Final = {
    "account": re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}"),
    "token": re.compile(r"[!-~]{1,255}"),
    "brand": re.compile(r"[a-z_]{2,20}"),
    "last4": re.compile(r"[0-9]{4}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """The fields of one account: in a frame, or as a page that leads back."""

    account: str
    provider: str
    origin: str
    frame: str
    page: str


async def fields_for(
    run: Run, psps: Psps, charge: Charge, *, back: str, language: str
) -> Fields | None:
    """Choose the account whose fields are shown; None where none can be charged just now."""
    lights = psps.lights(now=run.now(), to_charge=False)
    for account in (await explain_route(run, charge, lights)).decision.ordered:
        where = psps.capabilities(account).card_fields
        if where is not None and psps.is_loaded(account):
            return _fields(account, where, back=back, language=language)
    return None


def card_of(said: Mapping[str, str]) -> CardGiven | None:
    """Read what a provider's fields gave; None where anything is missing or odd."""
    read = {name: said.get(name, "") for name in _CARD}
    if not all(form.fullmatch(read[name]) for name, form in _CARD.items()):
        return None
    return CardGiven(
        psp_account=read["account"], psp_token=read["token"], brand=read["brand"],
        last4=read["last4"],
    )  # fmt: skip


def _fields(account: str, where: str, *, back: str, language: str) -> Fields:
    return Fields(
        account=account,
        provider=account.replace("-", " ").replace("_", " ").title(),
        origin=origin_in(where),
        frame=address_with(where, language=language),
        page=address_with(where, language=language, back=address_with(back, account=account)),
    )
