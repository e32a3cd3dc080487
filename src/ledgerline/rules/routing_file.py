"""Read the text of routing rules into a policy, or refuse it with every mistake it has."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import yaml

from ledgerline.catalog.rules import nodes, scalars
from ledgerline.catalog.rules.nodes import CatalogInvalid, Spot
from ledgerline.payments.model import Funding, Initiator
from ledgerline.payments.refusals import RoutingRefused
from ledgerline.payments.rules.routing import (
    DEFAULT_RULE,
    LEARNED_RULE,
    PPM,
    Fee,
    Policy,
    Rule,
    Strategy,
    Then,
    When,
)

FORMAT: Final = "1"
RULES_MAX: Final = 200
MINOR_MAX: Final = 999_999_999
MALFORMED: Final = "malformed"
"""The code of what is wrong with the text itself, and not with what it says."""

_ACCOUNT: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_ACCOUNT_WORDS: Final = "the code of a merchant account"
_BRAND: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9 _-]{0,39}")
_BIN: Final = re.compile(r"[0-9]{1,8}")
_CONSEQUENCES: Final = ("prefer", "split", "exclude", "strategy")
_INDEX: Final = re.compile(r"\[([0-9]+)\]")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RoutingFile:
    """A policy as a text says it, and the line of every place in it, by pointer (RFC 6901)."""

    policy: Policy
    lines: Mapping[str, int]


def parse_routing(text: str) -> RoutingFile:
    """Read rules, fees and the default order; raises ``RoutingRefused`` with every mistake."""
    try:
        whole = nodes.root(text)
        policy = _policy(whole)
        nodes.refuse(whole.notes.problems)
    except CatalogInvalid as invalid:
        raise _refused(invalid.facts["errors"]) from invalid
    return RoutingFile(policy, {_pointer(key): at for key, at in whole.notes.lines.items()})


def _policy(whole: Spot) -> Policy:
    parts = whole.fields("format", optional=("default", "rules", "fees"))
    parts["format"].one_of((FORMAT,), what="format")
    default, rules, fees = (parts.get(name) for name in ("default", "rules", "fees"))
    return Policy(
        default=() if default is None else _several(default, _account),
        rules=() if rules is None else _rules(rules),
        fees={} if fees is None else _fees(fees),
    )


def _rules(spot: Spot) -> tuple[Rule, ...]:
    rules = tuple(_rule(item) for item in spot.items())
    if len(rules) > RULES_MAX:
        spot.note(f"must have at most {RULES_MAX} rules")
    return rules


def _rule(spot: Spot) -> Rule:
    fields = spot.fields("name", "then", optional=("when",))
    name = fields["name"].matching(scalars.CODE, wanted=scalars.CODE_WORDS)
    if name in {DEFAULT_RULE, LEARNED_RULE}:
        fields["name"].note(f"must not be {name!r}: that is said where no rule decides")
    when = fields.get("when")
    return Rule(name, When() if when is None else _when(when), _then(fields["then"]))


def _when(spot: Spot) -> When:
    optional = (
        "market", "currency", "brand", "bin", "funding", "issuer_country", "initiator",
        "amount_from", "amount_below",
    )  # fmt: skip
    fields = spot.fields(optional=optional)

    def some(name: str, read: Callable[[Spot], T]) -> tuple[T, ...] | None:
        return _several(fields[name], read) if name in fields else None

    def amount(name: str) -> int | None:
        return fields[name].integer(least=0, most=MINOR_MAX) if name in fields else None

    return When(
        market=some("market", _country),
        currency=some("currency", scalars.currency),
        brand=some("brand", lambda at: at.matching(_BRAND, wanted="the name of a card brand")),
        bin=some("bin", lambda at: at.matching(_BIN, wanted="one to eight digits")),
        funding=some("funding", lambda at: at.choice(Funding)),
        issuer_country=some("issuer_country", _country),
        initiator=some("initiator", lambda at: at.choice(Initiator)),
        amount_from=amount("amount_from"),
        amount_below=amount("amount_below"),
    )


def _then(spot: Spot) -> Then:
    name, value = spot.named()
    if value is None or name not in _CONSEQUENCES:
        if name:  # of more than one the mistake is noted already
            spot.note(f"must be one of {', '.join(_CONSEQUENCES)} with its value")
        return Then(strategy=Strategy.PRIORITY)
    match name:
        case "prefer":
            return Then(prefer=_several(value, _account))
        case "exclude":
            return Then(exclude=_several(value, _account))
        case "strategy":
            return Then(strategy=value.choice(Strategy))
        case _:
            return Then(split={
                account: share.integer(least=1, most=PPM)
                for account, share in _by_account(value).items()
            })  # fmt: skip


def _fees(spot: Spot) -> dict[str, dict[str, Fee]]:
    found: dict[str, dict[str, Fee]] = {}
    for account, of_account in _by_account(spot).items():
        known = scalars.coded(of_account, re.compile(r"[A-Z]{3}"), wanted="a currency")
        found[account] = {currency: _fee(at) for currency, at in known.items()}
    return found


def _fee(spot: Spot) -> Fee:
    fields = spot.fields("fixed_minor", "ppm")
    return Fee(
        fixed_minor=fields["fixed_minor"].integer(least=0, most=MINOR_MAX),
        ppm=fields["ppm"].integer(least=0, most=PPM),
    )


def _by_account(spot: Spot) -> dict[str, Spot]:
    return scalars.coded(spot, _ACCOUNT, wanted=_ACCOUNT_WORDS)


def _account(spot: Spot) -> str:
    return spot.matching(_ACCOUNT, wanted=_ACCOUNT_WORDS)


def _country(spot: Spot) -> str:
    return spot.matching(scalars.COUNTRY, wanted=scalars.COUNTRY_WORDS)


def _several(spot: Spot, read: Callable[[Spot], T]) -> tuple[T, ...]:
    """Read one value, or a list of at least one."""
    if not isinstance(spot.node, yaml.SequenceNode):
        return (read(spot),)
    found = tuple(read(item) for item in spot.items())
    if not found:
        spot.note("must name at least one")
    return found


def _pointer(key: str) -> str:
    return "/" + _INDEX.sub(r".\1", key).replace(".", "/") if key else ""


def _refused(errors: Any) -> RoutingRefused:
    findings = [
        {
            "pointer": _pointer(one["key"]),
            "code": MALFORMED,
            "message": one["message"],
            "line": one["line"],
        }
        for one in errors
    ]
    count = f"{len(findings)} mistake{'s' if len(findings) > 1 else ''}"
    return RoutingRefused(
        f"the rules have {count}, the first on line {findings[0]['line']}", findings=findings
    )
