"""``ledgerline pay``."""

import re
from typing import Annotated, Final

import typer

from ledgerline.base.money import currency as known_currency
from ledgerline.catalog.refusals import UnknownMarket
from ledgerline.cli import output, pay_rules, program
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.check_market import check_market
from ledgerline.flows.explain_route import RouteExplained, explain_route
from ledgerline.payments.model import Funding, Initiator
from ledgerline.payments.rules.learned import written
from ledgerline.payments.rules.opinion_words import sentences
from ledgerline.payments.rules.routing import Charge

app: Final = typer.Typer(no_args_is_help=True)
app.add_typer(pay_rules.app, name="rules")
_BIN: Final = re.compile(r"[0-9]{6,8}")
_COUNTRY: Final = re.compile(r"[A-Z]{2}")


@app.callback()
def pay() -> None:
    """Look at where charges go, and load the rules for it."""


@app.command("route")
def route_charge(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    *,
    market: Annotated[str, typer.Option(help="The market, such as DE.")],
    currency: Annotated[str, typer.Option(help="The currency, such as EUR.")],
    amount: Annotated[int, typer.Option(min=1, help="Minor units, such as 1199.")],
    first_digits: Annotated[
        str | None, typer.Option("--bin", help="The first six to eight digits of the card.")
    ] = None,
    brand: Annotated[str | None, typer.Option(help="The brand of the card.")] = None,
    funding: Annotated[Funding | None, typer.Option(help="Whose money it spends.")] = None,
    issuer_country: Annotated[str | None, typer.Option(help="Where it was issued.")] = None,
    initiator: Annotated[
        Initiator, typer.Option(help="Whether its payer is present.")
    ] = Initiator.CUSTOMER,
    key: Annotated[str, typer.Option(help="What a split goes by: a payment's id.")] = "",
    explain: Annotated[bool, typer.Option("--explain", help="Say why, rule by rule.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Say which merchant accounts a charge would be tried at, in order; nothing is charged."""
    if first_digits is not None and not _BIN.fullmatch(first_digits):
        raise CommandFailed("--bin is six to eight digits", hint="--bin 411111")
    charge = Charge(
        key=key,
        market=_country("--market", market),
        currency=known_currency(currency.upper()),
        amount_minor=amount,
        initiator=initiator,
        brand=brand and brand.lower(),
        bin=first_digits,
        funding=funding,
        issuer_country=issuer_country and _country("--issuer-country", issuer_country),
    )
    _show(program.wait(_explain(program.of(context), charge)), explain=explain, as_json=as_json)


def _country(option: str, text: str) -> str:
    """Read a country however it is typed; another one would be another route."""
    code = text.upper()
    if not _COUNTRY.fullmatch(code):
        raise CommandFailed(f"{option} has two letters", hint=f"{option} DE")
    return code


def _show(found: RouteExplained, *, explain: bool, as_json: bool) -> None:
    decision = found.decision
    head = {
        "accounts": list(decision.ordered),
        "rule": decision.rule,
        "policy_version": decision.version,
    }
    candidates = [
        {"account": account, "filtered": decision.reasons.get(account), "propensity_ppm": ppm}
        for account, ppm in decision.propensities.items()
    ]
    rules = [
        {"rule": one.rule, "matches": not one.unmet, "unmet": list(one.unmet)}
        for one in found.rules
    ]
    said = () if found.opinion is None else sentences(written(found.opinion))
    if as_json:
        more = {"candidates": candidates, "rules": rules, "explanation": list(said)}
        output.print_json(head | (more if explain else {}))
        return
    output.show(head, as_json=False)
    if explain:
        output.show_rows(candidates, as_json=False, title="\ncandidates")
        output.show_rows(rules, as_json=False, title="\nrules")
        for sentence in ("", *said) if said else ():
            output.console().print(sentence)


async def _explain(of: Program, charge: Charge) -> RouteExplained:
    async with of.open() as running:
        try:
            await check_market(running.run, charge.market)
        except UnknownMarket as refusal:
            raise CommandFailed(str(refusal), hint=_markets(refusal)) from refusal
        model = await of.read_model(running.run)
        return await explain_route(running.run, charge, model=model)


def _markets(refusal: UnknownMarket) -> str:
    """Name the markets that could have been meant."""
    known = refusal.facts["markets"]
    return f"--market, one of {known}" if known else "`ledgerline catalog load` a catalog first"
