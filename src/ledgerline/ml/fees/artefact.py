"""Contracts written down: JSON with its SHA-256, in whole numbers; the same lines give the same."""

import json
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final, NamedTuple, NoReturn

from ledgerline.ml.fees.claims import Claim
from ledgerline.ml.fees.contracts import Contracts, DearSpan, Grade, Rate
from ledgerline.ml.fees.lines import Cluster
from ledgerline.ml.fees.tariff import Tariff
from ledgerline.payments.rules.artefacts import SEAL, compact, digest, seal

KIND: Final = "fees"
_COUNTS: Final = ("lines", "lines_held_to", *(f"{grade}_rates" for grade in Grade))
_FORESEEN: Final = (
    "foreseen_lines", "contracts_within_5_bp_ppm", "contracts_within_15_bp_ppm",
    "loaded_fees_within_5_bp_ppm", "loaded_fees_within_15_bp_ppm",
)  # fmt: skip


class NoArtefact(Exception):
    """Refuse to read what is no artefact of fees, or was changed."""


class Artefact(NamedTuple):
    """Contracts as they were written, with all that was told of them.

    ``sha256`` is of the contracts, ``file_sha256`` of everything.
    """

    contracts: Contracts
    sha256: str
    file_sha256: str
    trained_at: datetime
    metrics: Mapping[str, Any]


def artefact(contracts: Contracts, *, trained_at: datetime, told: Mapping[str, object]) -> str:
    """Write contracts as JSON; ``told`` is what they were read from, and how well they tell."""
    plain = _plain(contracts)
    said = {
        "kind": KIND,
        "sha256": digest(compact(plain)),
        "trained_at": trained_at.isoformat(),
        "metrics": {**summary(contracts), **told},
        "contracts": plain,
    }
    return json.dumps(said | {SEAL: seal(said)}, indent=1, sort_keys=True)


def artefact_of(text: str) -> Artefact:
    """Read an artefact; raises ``NoArtefact`` where it is none or not as it was written."""
    try:
        said = json.loads(text, parse_constant=_refuse_constant)
        is_whole = said[SEAL] == seal(said)
        is_whole = is_whole and said["sha256"] == digest(compact(said["contracts"]))
        found = Artefact(
            contracts=_contracts(said["contracts"]),
            sha256=said["sha256"],
            file_sha256=said[SEAL],
            trained_at=datetime.fromisoformat(said["trained_at"]),
            metrics=said["metrics"],
        )
        _check_told(found.metrics)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as wrong:
        raise NoArtefact("it is no artefact of fees") from wrong
    if said["kind"] != KIND:
        raise NoArtefact("it is no artefact of fees")
    if not is_whole:
        raise NoArtefact("its SHA-256 is another than it says")
    return found


def contracts_sha256(contracts: Contracts) -> str:
    """Return the SHA-256 that an artefact of these contracts has."""
    return digest(compact(_plain(contracts)))


def summary(contracts: Contracts) -> dict[str, int]:
    """Count rates by how far they may be believed, and the lines that they are of."""
    by_grade = {
        f"{grade}_rates": sum(one.grade is grade for one in contracts.rates) for grade in Grade
    }
    return {
        "lines": sum(one.lines for one in contracts.rates),
        **by_grade,
        "lines_held_to": sum(one.lines for one in contracts.rates if one.are_held_to),
    }


def plain_claim(claim: Claim) -> dict[str, object]:
    """Return a claim in whole numbers, without its lines."""
    return {
        "account": claim.cluster.account,
        "currency": claim.cluster.currency,
        "charged_in": claim.cluster.charged_in,
        "brand": claim.cluster.brand,
        "funding": claim.cluster.funding,
        "region": claim.cluster.region,
        "since": claim.since.isoformat(),
        "until": claim.until.isoformat(),
        "count": len(claim.lines),
        "charged_minor": claim.charged_minor,
        "expected_minor": claim.expected_minor,
        "over_minor": claim.over_minor,
        "agreed": _tariff(claim.agreed),
        "charged_as": None if claim.charged_as is None else _tariff(claim.charged_as),
    }


def _plain(contracts: Contracts) -> dict[str, Any]:
    return {
        "rates": [_rate(one) for one in contracts.rates],
        "thresholds": [
            {"account": account, "currency": currency, "month_minor": list(sums)}
            for (account, currency), sums in sorted(contracts.thresholds.items())
            if sums
        ],
    }


def _rate(rate: Rate) -> dict[str, object]:
    return {
        **rate.cluster._asdict(),
        "month_from_minor": rate.from_minor,
        "since": rate.since.isoformat(),
        "until": None if rate.until is None else rate.until.isoformat(),
        **_tariff(rate.tariff),
        "grade": rate.grade,
        "lines": rate.lines,
        "median_error_ppm": rate.median_error_ppm,
        "are_held_to": rate.are_held_to,
        "dear": [
            {
                "since": one.since.isoformat(),
                "until": None if one.until is None else one.until.isoformat(),
                **_tariff(one.tariff),
            }
            for one in rate.dear
        ],
    }


def _tariff(tariff: Tariff) -> dict[str, int | None]:
    return {
        "rate_ppm": tariff.rate_ppm,
        "fixed_micro": tariff.fixed_micro,
        "least_minor": tariff.least_minor,
        "most_minor": tariff.most_minor,
        "rounding_micro": tariff.band_micro,
    }


def _contracts(plain: Mapping[str, Any]) -> Contracts:
    return Contracts(
        rates=tuple(_rate_of(one) for one in plain["rates"]),
        thresholds={
            (str(one["account"]), str(one["currency"])): tuple(map(_whole, one["month_minor"]))
            for one in plain["thresholds"]
        },
    )


def _rate_of(plain: Mapping[str, Any]) -> Rate:
    return Rate(
        cluster=Cluster(**{name: str(plain[name]) for name in Cluster._fields}),
        from_minor=_whole(plain["month_from_minor"]),
        **_span_of(plain),
        tariff=_tariff_of(plain),
        grade=Grade(plain["grade"]),
        lines=_whole(plain["lines"]),
        median_error_ppm=_whole(plain["median_error_ppm"]),
        are_held_to=bool(plain["are_held_to"]),
        dear=tuple(DearSpan(**_span_of(one), tariff=_tariff_of(one)) for one in plain["dear"]),
    )


def _span_of(plain: Mapping[str, Any]) -> dict[str, Any]:
    until = plain["until"]
    return {
        "since": date.fromisoformat(plain["since"]),
        "until": None if until is None else date.fromisoformat(until),
    }


def _tariff_of(plain: Mapping[str, Any]) -> Tariff:
    least, most = (plain[name] for name in ("least_minor", "most_minor"))
    return Tariff(
        rate_ppm=_whole(plain["rate_ppm"]),
        fixed_micro=_whole(plain["fixed_micro"]),
        least_minor=None if least is None else _whole(least),
        most_minor=None if most is None else _whole(most),
        band_micro=_whole(plain["rounding_micro"]),
    )


def _check_told(metrics: Mapping[str, Any]) -> None:
    """Raise what ``artefact_of`` takes for no artefact where something that a card says is not."""
    for name in (*_COUNTS, *(_FORESEEN if "foreseen_since" in metrics else ())):
        _whole(metrics[name])
    if "foreseen_since" in metrics:
        for within, contracts, loaded in (*metrics["steps"], *metrics["parts"]):
            _ = _whole(within), _whole(contracts), _whole(loaded)
    _ = metrics["release"], metrics["seller"], metrics["code"], metrics["since"], metrics["until"]
    if type(metrics["simulated"]) is not bool:
        raise TypeError("simulated")


def _whole(number: Any) -> int:
    """Return a whole number; raises ``TypeError`` for anything else."""
    if type(number) is not int:
        raise TypeError(number)
    return number


def _refuse_constant(name: str) -> NoReturn:
    """Refuse NaN and the infinities: they are no JSON."""
    raise ValueError(name)
