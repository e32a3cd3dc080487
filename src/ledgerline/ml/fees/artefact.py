"""Contracts written down: JSON with its SHA-256, in whole numbers; the same lines give the same."""

import json
from collections.abc import Mapping
from datetime import datetime

from ledgerline.ml.fees.claims import Claim
from ledgerline.ml.fees.contracts import Contracts, Grade, Rate
from ledgerline.ml.fees.tariff import Tariff
from ledgerline.payments.rules.retry_scores import digest


def artefact(contracts: Contracts, *, trained_at: datetime, told: Mapping[str, object]) -> str:
    """Write contracts as JSON; ``told`` is what they were read from (release, commit)."""
    plain = {
        "rates": [_rate(one) for one in contracts.rates],
        "thresholds": [
            {"account": account, "currency": currency, "month_minor": list(sums)}
            for (account, currency), sums in sorted(contracts.thresholds.items())
            if sums
        ],
    }
    body = json.dumps(plain, sort_keys=True, separators=(",", ":"))
    return json.dumps(
        {
            "kind": "fees",
            "sha256": digest(body),
            "trained_at": trained_at.isoformat(),
            "metrics": {**summary(contracts), **told},
            "contracts": plain,
        },
        indent=1,
        sort_keys=True,
    )


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
