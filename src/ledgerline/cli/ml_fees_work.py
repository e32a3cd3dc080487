"""What ``ledgerline ml train fees`` and ``ml claims`` compute."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml

from ledgerline.base.ids import SettlementFileId
from ledgerline.cli.datasets_lake import lake_of
from ledgerline.cli.ml_fees import Known
from ledgerline.cli.ml_files import of_one_value
from ledgerline.cli.pay_rules import plain
from ledgerline.cli.program import Program
from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.open_breaks import name_of
from ledgerline.ml.fees.artefact import (
    NoArtefact,
    artefact,
    artefact_of,
    contracts_sha256,
    plain_claim,
)
from ledgerline.ml.fees.claims import Claim, because, claims, held
from ledgerline.ml.fees.contracts import Contracts, read_contracts
from ledgerline.ml.fees.foreseen import near, parts, steps, tried
from ledgerline.ml.fees.lines import FeeLine, MixedCurrencies, TooFewLines
from ledgerline.ml.fees.proposal import proposed
from ledgerline.ml.fees.released import read_lines
from ledgerline.ml.fees.tariff import MICRO, Tariff
from ledgerline.ml.train.released import as_of
from ledgerline.payments.rules.routing import Policy
from ledgerline.report.fees_card import write_fees_card
from ledgerline.rules.routing_file import FORMAT


def train_fees(
    of: Program, known: Known, out: Path, *, seller: str | None, propose: Path | None
) -> dict[str, Any]:
    """Read contracts, write them down, and propose what routing may take accounts to cost."""
    lines, contracts = _read(of, known, seller)
    text = _written(known, lines, contracts, seller)
    _write(out, text)
    whole: dict[str, Any] = json.loads(text)
    found = {"file": str(out), "sha256": whole["sha256"], **of_one_value(whole["metrics"])}
    if propose is not None:
        _write(propose, rules_text(proposed(known.policy, lines, contracts)))
        found["proposed"] = str(propose)
    return found


def claimed(of: Program, known: Known, *, seller: str | None) -> dict[str, Any]:
    """Claim what was kept too much, by contracts read out of the same lines."""
    lines, contracts = _read(of, known, seller)
    found = claims(lines, contracts, seller=seller)
    held_to = [one.line for one in held(lines, contracts)]
    over: dict[str, int] = {}
    for one in found:
        over[one.cluster.currency] = over.get(one.cluster.currency, 0) + one.over_minor
    return {
        "release": known.released.no,
        "simulated": known.simulated,
        "contracts_sha256": contracts_sha256(contracts),
        "lines": _count(lines, seller),
        "lines_held_to": _count(held_to, seller),
        "over_minor": over,
        "claims": [_told(one) for one in found],
    }


def card(text: str, folder: Path) -> dict[str, Any]:
    """Write the card of an artefact."""
    try:
        found = artefact_of(text)
    except NoArtefact as wrong:
        raise CommandFailed(
            f"the artefact is not read: {wrong}", hint="name what `ledgerline ml train fees` wrote"
        ) from wrong
    return {
        "page": write_fees_card(found, folder).as_uri(),
        "sha256": found.sha256,
        "simulated": found.metrics["simulated"],
    }


def _count(lines: Sequence[FeeLine], seller: str | None) -> int:
    return sum(seller is None or one.seller == seller for one in lines)


def rules_text(policy: Policy) -> str:
    """Write a policy as a file that ``ledgerline pay rules load`` takes."""
    parts: Mapping[str, Any] = plain(policy)
    body = {"format": FORMAT} | {name: part for name, part in parts.items() if part}
    head = (
        "# Written by `ledgerline ml train fees`: look at it, `pay rules diff`, `pay rules load`.\n"
    )
    return head + yaml.safe_dump(body, sort_keys=False)


def _read(of: Program, known: Known, seller: str | None) -> tuple[list[FeeLine], Contracts]:
    try:
        lines = read_lines(lake_of(of), known.released, seller=seller)
        return lines, read_contracts(lines, announced=known.announced, cards=_cards(known))
    except TooFewLines as few:
        raise CommandFailed(
            f"release {known.released.no} says too little of fees: {few}",
            hint="import settlement files (`ledgerline reconcile import`), then `data run`",
        ) from few
    except MixedCurrencies as mixed:
        raise CommandFailed(
            f"release {known.released.no} says fees in other currencies than amounts: {mixed}",
            hint="`ledgerline reconcile explain` shows the line; ask the provider what it was",
        ) from mixed


def _cards(known: Known) -> dict[tuple[str, str], Tariff]:
    return {
        (account, currency): Tariff(fee.ppm, fee.fixed_minor * MICRO)
        for account, fees in known.policy.fees.items()
        for currency, fee in fees.items()
    }


def _foreseen(known: Known, lines: Sequence[FeeLine]) -> Iterator[tuple[str, object]]:
    """Lay out what contracts told of the last days before they were, beside the loaded fees."""
    found = tried(lines, announced=known.announced, cards=_cards(known))
    if found is None:
        return
    shown = near(found)
    yield "foreseen_since", str(shown.since)
    yield "foreseen_lines", shown.lines
    for name, of in (("contracts", shown.contracts), ("loaded_fees", shown.loaded)):
        yield f"{name}_within_5_bp_ppm", of.within_5_ppm
        yield f"{name}_within_15_bp_ppm", of.within_15_ppm
    yield "steps", steps(found)
    yield "parts", parts(found)


def _written(
    known: Known, lines: Sequence[FeeLine], contracts: Contracts, seller: str | None
) -> str:
    days = [one.settled_on for one in lines]
    told = {
        "release": known.released.no,
        "seller": seller,
        "code": known.released.code_version,
        "simulated": known.simulated,
        "since": str(min(days)),
        "until": str(max(days)),
        **dict(_foreseen(known, lines)),
    }
    return artefact(contracts, trained_at=as_of(known.released), told=told)


def _told(claim: Claim) -> dict[str, Any]:
    named = [one.rpartition(":") for one in claim.lines]
    lines = [name_of(SettlementFileId(UUID(file)), int(no)) for file, _, no in named]
    return {**plain_claim(claim), "because": because(claim), "lines": lines}


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text)
    except OSError as failure:
        raise CommandFailed(
            f"{path}: {failure.strerror}", hint="name a file that can be written"
        ) from failure
