"""Routing: the rules that hold, how accounts do, and where a charge would go. Reads alone."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from ledgerline.base.money import Currency, UnknownCurrency, currency
from ledgerline.base.saying import noted
from ledgerline.catalog.refusals import UnknownMarket
from ledgerline.console.asking import Ask
from ledgerline.console.shown import minor_of
from ledgerline.flows.check_market import check_market
from ledgerline.flows.explain_route import RouteExplained, explain_route
from ledgerline.flows.read_models import read_models
from ledgerline.flows.read_routing import read_routing
from ledgerline.payments.capabilities import Light
from ledgerline.payments.model import Initiator
from ledgerline.payments.rules.learned import written
from ledgerline.payments.rules.opinion_words import sentences
from ledgerline.payments.rules.routing import Charge
from ledgerline.payments.rules.routing_words import NAMES, REASONS, condition, consequence, percent
from ledgerline.payments.scores import Kind
from ledgerline.web.wire import Response

SECTION: Final = "/console/routing"
_CODE_LENGTH: Final = 2


class RuleShown(NamedTuple):
    """A rule in words."""

    name: str
    when: str
    then: str


class FeeShown(NamedTuple):
    """What an account costs in a currency; ``percent`` is written."""

    account: str
    currency: str
    fixed_minor: int
    percent: str


class Asked(NamedTuple):
    """A charge that somebody asks about, as it was typed, or what is wrong with it by field."""

    words: Mapping[str, str]
    faults: Mapping[str, str]
    charge: Charge | None


async def show(ask: Ask) -> Response:
    """Show what routes charges, and where the charge in the address would go."""
    policy, accounts = await read_routing(ask.run)
    lights = ask.psps.lights(now=ask.run.now(), to_charge=False)
    models = await read_models(ask.run)
    asked = await _known(ask, _asked(ask))
    found: RouteExplained | None = None
    if asked.charge is not None:
        found = await explain_route(ask.run, asked.charge, lights, model=ask.psps.model())
    return ask.page(
        "routing.html",
        {
            "policy": policy,
            "rules": [RuleShown(r.name, condition(r.when, ask.say), consequence(r.then, ask.say))
                      for r in policy.rules],
            "fees": [
                FeeShown(
                    account, code, fee.fixed_minor,
                    ask.writer.percent(percent(fee.ppm).removesuffix(" %")),
                )
                for account, by_currency in sorted(policy.fees.items())
                for code, fee in sorted(by_currency.items())
            ],
            "accounts": [(code, status, lights.get(code, Light.CLOSED).value)
                         for code, status in sorted(accounts.items())],
            "switches": [one for one in models.switches if one.kind == Kind.ROUTING],
            "asked": asked, "found": found, "said": _said(ask, found), "reasons": REASONS,
            "names": NAMES, "initiators": list(Initiator), "section": SECTION,
        },
        status=422 if asked.faults else 200,
    )  # fmt: skip


def _said(ask: Ask, found: RouteExplained | None) -> tuple[str, ...]:
    if found is None or found.opinion is None:
        return ()
    return tuple(sentences(written(found.opinion), ask.say))


def _asked(ask: Ask) -> Asked:
    """Read a charge out of an address; nothing is asked where no field of it is there."""
    given, names = ask.asked, ("market", "currency", "amount", "brand", "initiator")
    words = {name: given.get(name, "").strip()[:40] for name in names}
    if not any(words.values()):
        return Asked(words, {}, None)
    market, code = words["market"].upper(), _currency(words["currency"].upper())
    minor = None if code is None else minor_of(words["amount"], code)
    initiator = words["initiator"] or Initiator.CUSTOMER
    held = {
        "market": (
            len(market) == _CODE_LENGTH and market.isascii() and market.isalpha(),
            noted("A market has two letters, such as DE."),
        ),
        "currency": (
            code is not None,
            noted("This is no currency that is kept here, such as EUR."),
        ),
        "amount": (
            code is None or bool(minor),
            noted("Write an amount above zero, such as 11.99."),
        ),
        "initiator": (initiator in list(Initiator), noted("Choose who begins the charge.")),
    }
    faults = {name: ask.say(said) for name, (holds, said) in held.items() if not holds}
    if faults or code is None or minor is None:
        return Asked(words, faults, None)
    charge = Charge(
        key="",
        market=market,
        currency=code,
        amount_minor=minor,
        initiator=Initiator(initiator),
        brand=words["brand"].lower() or None,
    )
    return Asked(words, {}, charge)


async def _known(ask: Ask, asked: Asked) -> Asked:
    """Return what was asked; of a market that there is not, no charge, and which there are."""
    if asked.charge is None:
        return asked
    try:
        await check_market(ask.run, asked.charge.market)
    except UnknownMarket as refusal:
        said = ask.say(
            "Nothing is sold in this market. There are: %(markets)s",
            markets=refusal.facts["markets"],
        )
        return asked._replace(faults={"market": said}, charge=None)
    return asked


def _currency(text: str) -> Currency | None:
    try:
        return currency(text)
    except UnknownCurrency:
        return None
