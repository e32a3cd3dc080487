"""The card of contracts of fees, made of the artefact alone."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from ledgerline.ml.fees.artefact import NoArtefact, artefact, artefact_of, contracts_sha256
from ledgerline.ml.fees.contracts import Contracts, read_contracts
from ledgerline.ml.fees.lines import FeeLine
from ledgerline.payments.rules.artefacts import seal
from ledgerline.report.fees_card import fees_card_page, write_fees_card
from ledgerline.report.model_parts import PAGE
from tests.unit.ml.fee_lines import BEGIN, CLUSTER, PLAIN, lines, whole

WHEN: Final = datetime(2026, 6, 30, tzinfo=UTC)
DEARER: Final = PLAIN._replace(rate_ppm=17_000)
TOLD: Final[dict[str, Any]] = {
    "release": 7, "seller": None, "code": "0a1b2c", "simulated": True, "since": "2026-01-01",
    "until": "2026-06-29",
}  # fmt: skip
FORESEEN: Final[dict[str, Any]] = {
    "foreseen_since": "2026-05-31", "foreseen_lines": 120,
    "contracts_within_5_bp_ppm": 950_000, "contracts_within_15_bp_ppm": 990_000,
    "loaded_fees_within_5_bp_ppm": 10_000, "loaded_fees_within_15_bp_ppm": 40_000,
    "steps": [[0, 900_000, 5_000], [500, 950_000, 10_000]],
    "parts": [[15_000, 15_100, 60], [21_000, 20_900, 60]],
}  # fmt: skip


def _fee(no: int, line: FeeLine) -> int:
    return whole(DEARER.of(line.amount_minor)) if no in range(100, 130) else line.fee_minor


READ: Final = read_contracts(lines(400, instead=_fee))


def written(contracts: Contracts = READ, **more: Any) -> str:
    return artefact(contracts, trained_at=WHEN, told=TOLD | FORESEEN | more)


def test_what_was_written_is_read_as_it_was() -> None:
    tiers = READ._replace(thresholds={("aster", "EUR"): (1_000, 5_000)})
    assert artefact_of(written(tiers)).contracts == tiers
    found = artefact_of(written())
    assert (found.trained_at, found.sha256) == (WHEN, contracts_sha256(READ))
    assert found.metrics["contracts_within_5_bp_ppm"] == 950_000


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "churn"},
        {"trained_at": "2026-07-01T00:00:00+00:00"},
        {"metrics": {}},
        {"contracts": {"rates": [], "thresholds": []}},
        {"sha256": "0" * 64},
        {"file_sha256": None},
    ],
)
def test_what_is_not_as_it_was_written_is_refused(change: dict[str, Any]) -> None:
    said = json.loads(written()) | change
    with pytest.raises(NoArtefact):
        artefact_of(json.dumps(said))


def test_what_holds_no_contracts_is_refused_even_where_it_is_sealed() -> None:
    for at, value in (("lines", 1.5), ("grade", "best"), ("since", "yesterday"), ("dear", None)):
        said = json.loads(written())
        said["contracts"]["rates"][0][at] = value
        said["file_sha256"] = seal(said)
        with pytest.raises(NoArtefact):
            artefact_of(json.dumps(said))
    for text in ("", "[]", "7", '{"kind": NaN}'):
        with pytest.raises(NoArtefact):
            artefact_of(text)
    with pytest.raises(NoArtefact):
        artefact_of(written(simulated="no"))
    with pytest.raises(NoArtefact):
        artefact_of(written(steps=[[0, "<b>", 1]]))


def test_a_card_says_what_it_is_of_and_how_near_it_comes() -> None:
    found = artefact_of(written())
    page = fees_card_page(found)
    for said in (
        found.sha256, found.file_sha256, "Everything on this page is simulated", "release 7",
        "<b>400</b> lines", "0a1b2c", "1.4 % + 25", "1.7 % + 25", "visa credit domestic",
        "95% of the volume within 5 basis points", "99%, and 4% by the loaded fees",
        "Part of the volume whose fee is told: lines", "Basis points of the volume: lines",
        "2026-05-31", "a person loads those", "docs/reference/models.md", "within 45 days",
    ):  # fmt: skip
        assert said in page, said
    assert "<script" not in page


def test_of_too_little_and_of_real_money_it_says_so(tmp_path: Path) -> None:
    tiers = Contracts(
        tuple(
            READ.rates[0]._replace(
                cluster=CLUSTER._replace(account=f"<{no}>", charged_in="USD", brand="", funding="",
                                         region=""),
                from_minor=1_000_000, dear=(), until=BEGIN + timedelta(days=9) if no == 3 else None,
            )
            for no in range(204)
        ),
        {("<1>", "EUR"): (1_000_000,)},
    )  # fmt: skip
    text = artefact(tiers, trained_at=WHEN, told=TOLD | {"simulated": False, "seller": "nordic"})
    write_fees_card(artefact_of(text), tmp_path / "card")
    page = write_fees_card(artefact_of(text), tmp_path / "card").read_text("utf-8")
    for said in (
        "the accounts of nordic", "Too little lies before the last thirty days", "&lt;1&gt;",
        "No lines follow a dearer contract", "EUR for USD", "€10,000.00", "not known",
        "3 more stand in the file", "1 ended earlier",
        "Nothing was told of lines that it was not read out of.",
    ):  # fmt: skip
        assert said in page, said
    assert ("is simulated" in page, (tmp_path / "card" / PAGE).exists()) == (False, True)
