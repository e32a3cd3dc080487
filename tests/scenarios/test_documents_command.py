"""``ledgerline documents validate``: anybody's e-invoice, checked from the command line."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from ledgerline.documents.einvoice.cii import cii
from ledgerline.documents.einvoice.reading import BYTES_MAX
from ledgerline.documents.einvoice.ubl import ubl
from ledgerline.documents.snapshot import Treatment
from tests.scenarios.forked import Case, Done, Forked
from tests.unit.documents.einvoice.samples import invoice

DOCUMENT: Final = invoice([(1199, 190_000, Treatment.STANDARD)])
UBL: Final = ubl(DOCUMENT)
BR_CO_16: Final = (
    "Amount due for payment (BT-115) = Invoice total amount with VAT (BT-112) -Paid amount (BT-113)"
    " +Rounding amount (BT-114)."
)


def _run(forked: Forked, *arguments: str) -> Done:
    """Run it where there is neither a database nor a key."""
    [done] = forked.run_all(
        [Case(("documents", "validate", *arguments), {"PATH": "/usr/bin:/bin", "COLUMNS": "40"})]
    )
    return done


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "good.xml").write_bytes(UBL)
    (tmp_path / "other.xml").write_bytes(cii(DOCUMENT))
    (tmp_path / "bad.xml").write_bytes(UBL.replace(b">11.99</cbc:Payable", b">12.99</cbc:Payable"))
    (tmp_path / "text.xml").write_bytes(b"hello")
    return tmp_path


def test_what_is_found_is_printed_file_by_file(forked: Forked, files: Path) -> None:
    good, bad = files / "good.xml", files / "bad.xml"
    done = _run(forked, str(good), str(bad))
    lines = done.out.splitlines()
    assert lines[:2] == [f"{good}: valid", "  syntax    UBL 2.1 Invoice"]
    assert "  profile   urn:cen.eu:en16931:2017" in lines
    assert lines[lines.index(f"{bad}: INVALID") :][4:] == [
        "  schema    valid",
        "  findings  1 fatal, 0 warnings",
        f"    fatal BR-CO-16: {BR_CO_16}",
        "      at /Invoice/LegalMonetaryTotal",
    ]
    assert done.err == "2 files: 1 valid, 1 not\n"
    assert done.status == 3


def test_json_says_the_same_to_programs(forked: Forked, files: Path) -> None:
    names = [str(files / name) for name in ("good.xml", "other.xml", "bad.xml", "text.xml")]
    done = _run(forked, *names, "--json")
    assert (done.status, done.err) == (3, "")
    data: list[dict[str, Any]] = json.loads(done.out)["data"]
    assert [(one["file"], one["valid"]) for one in data] == list(
        zip(names, (True, True, False, False), strict=True)
    )
    good, other, bad, text = data
    assert good["syntax"] == "UBL 2.1 Invoice"
    assert good["schema"] == {"valid": True, "errors": []}
    assert other["syntax"] == "UN/CEFACT CII D16B"
    assert [one["rule"] for one in other["warnings"]] == ["PEPPOL-EN16931-R008"]
    assert [one["rule"] for one in bad["fatal"]] == ["BR-CO-16"]
    assert bad["fatal"][0]["place"] == "/Invoice/LegalMonetaryTotal"
    assert text["unreadable"]["code"] == "einvoice_unreadable"
    assert text["unreadable"]["reason"] == "not_xml"


def test_a_file_that_cannot_be_read_stops_the_command_before_it_checks(
    forked: Forked, files: Path
) -> None:
    for name in (files / "nowhere.xml", files):
        done = _run(forked, str(files / "bad.xml"), str(name))
        assert done.err.startswith(f"ledgerline: {name} cannot be read: ")
        assert len(done.err.splitlines()) == 2
        assert (done.status, done.out) == (1, "")


def test_a_file_that_is_too_large_is_said_so(forked: Forked, files: Path) -> None:
    large = files / "large.xml"
    large.write_bytes(b" " * (BYTES_MAX + 5))
    done = _run(forked, str(large))
    assert done.out.splitlines() == [f"{large}: unreadable", "  it is larger than 10 MB"]
    assert done.status == 3


def test_no_file_is_misuse(forked: Forked) -> None:
    assert _run(forked).status == 2
