"""Commands that read, prove, archive and list documents."""

import csv
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from ledgerline.base.ids import PREFIXES, encode
from ledgerline.flows.number_documents import number_documents
from ledgerline.flows.request_refund import RefundOrder, request_refund
from tests.flow_values import Bought
from tests.flow_world import World
from tests.scenarios.shell import ledgerline, read_json

YEAR = ("--from", "2026-01-01", "--to", "2026-12-31")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def bought(world: World) -> Bought:
    """Buy, give a part of it back, and number what came of it."""
    bought = await world.buy(await world.shopper())
    assert bought.payment_id is not None
    await request_refund(world.run, world.psps, RefundOrder(bought.payment_id, 199, "goodwill"))
    while await number_documents(world.run):
        pass
    return bought


def _rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_a_document_is_shown_with_its_place(database_url: str, bought: Bought) -> None:
    document = encode(PREFIXES["invoice"], bought.invoice_id)
    shown = read_json(ledgerline(database_url, "documents", "show", document, "--json"))
    assert (shown["number"], shown["body"]["id"]) == ("NT-2026-000001", document)
    assert shown["seller"]["legal_name"] == "Nordic Tunes AB"
    plain = ledgerline(database_url, "documents", "show", document)
    assert "simplified_invoice" in plain.stdout


@pytest.mark.parametrize("text", ["sub_01h455vb4pex5vsknk084sn02q", "nonsense"])
def test_what_is_no_document_is_said(database_url: str, text: str) -> None:
    done = ledgerline(database_url, "documents", "show", text)
    assert done.returncode == 1
    assert f"{text} is no id of a document" in done.stderr


def test_every_series_is_proven(database_url: str) -> None:
    found = read_json(ledgerline(database_url, "documents", "verify", "--rebuild", "--json"))
    assert found["faults"] == []
    assert [(one["kind"], one["documents"], one["rebuilt"]) for one in found["series"]] == [
        ("credit_note", 1, 1), ("invoice", 1, 1), ("receipt", 2, 2),
    ]  # fmt: skip


def test_the_archive_of_a_year_proves_itself_elsewhere(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "2026.zip"
    made = read_json(
        ledgerline(database_url, "documents", "archive", str(file), "--year", "2026", "--json")
    )
    assert made == {"file": str(file), "documents": 4}
    # no database is needed
    found = read_json(ledgerline(None, "documents", "verify", str(file), "--json"))
    assert found["faults"] == []
    assert sum(one["documents"] for one in found["series"]) == 4
    # a second archive never takes the place of the first
    again = ledgerline(database_url, "documents", "archive", str(file), "--year", "2026")
    assert (again.returncode, "exists already" in again.stderr) == (1, True)
    # and an altered one is found
    _alter(file)
    broken = ledgerline(None, "documents", "verify", str(file), "--json")
    assert broken.returncode == 3
    [fault] = json.loads(broken.stdout)["faults"]
    assert "says something else" in fault["text"]


def _alter(path: Path) -> None:
    with zipfile.ZipFile(path) as file:
        held = {name: file.read(name) for name in file.namelist()}
    [invoice] = [name for name in held if "/invoice/" in name]
    held[invoice] = held[invoice].replace(b'"gross":1199', b'"gross":1198', 1)
    with zipfile.ZipFile(path, "w") as file:
        for name, content in held.items():
            file.writestr(name, content)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 broken", b"text"])
def test_what_is_no_archive_is_said(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "some.zip"
    file.write_bytes(content)
    done = ledgerline(None, "documents", "verify", str(file))
    assert done.returncode == 1
    assert "is no archive of documents" in done.stderr


def test_the_register_sums_up(database_url: str) -> None:
    rows = _rows(ledgerline(database_url, "documents", "register", *YEAR).stdout)
    assert {one["kind"]: one["gross"] for one in rows} == {
        "credit_note": "-1.99", "simplified_invoice": "11.99", "receipt": "11.99",
        "refund_receipt": "-1.99",
    }  # fmt: skip
    assert ledgerline(database_url, "documents", "register", *_none()).stdout.count("\n") == 1


def _none() -> Any:
    return ("--from", "2025-01-01", "--to", "2025-12-31")


def test_the_tax_register_has_a_row_a_tax(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "tax.csv"
    done = ledgerline(database_url, "documents", "register", *YEAR, "--tax", "--out", str(file))
    assert (done.returncode, done.stdout) == (0, "")
    rows = _rows(file.read_text("utf-8"))
    assert [(one["kind"], one["rate_percent"], one["tax"]) for one in rows] == [
        ("credit_note", "19", "-0.32"), ("simplified_invoice", "19", "1.91"),
    ]  # fmt: skip


def test_a_document_is_written_in_every_form(
    database_url: str, bought: Bought, tmp_path: Path
) -> None:
    document = encode(PREFIXES["invoice"], bought.invoice_id)
    written = {}
    for name in ("a.pdf", "a.json"):
        made = read_json(
            ledgerline(
                database_url, "documents", "export", document, str(tmp_path / name), "--json"
            )
        )
        written[name] = (tmp_path / name).read_bytes()
        assert made["bytes"] == len(written[name])
    assert written["a.pdf"].startswith(b"%PDF-")
    assert json.loads(written["a.json"])["id"] == document
    # a consumer's is no e-invoice, a file is never overwritten, and a form must be one
    for name, said in (
        ("a.xml", "EN 16931 demands"), ("a.pdf", "exists already"), ("a.txt", "none of the forms"),
    ):  # fmt: skip
        done = ledgerline(database_url, "documents", "export", document, str(tmp_path / name))
        assert (done.returncode, said in done.stderr) == (1, True), done


def test_what_is_to_come_is_written_before_it_is_issued(
    database_url: str, bought: Bought, tmp_path: Path
) -> None:
    subscription = encode(PREFIXES["subscription"], bought.subscription_id)
    assert bought.payment_id is not None
    payment = encode(PREFIXES["payment"], bought.payment_id)
    shown = {}
    for name, command in (
        ("next.json", (subscription,)), ("note.json", (payment, "--amount", "100")),
    ):  # fmt: skip
        file = str(tmp_path / name)
        done = ledgerline(database_url, "documents", "preview", command[0], file, *command[1:])
        assert done.returncode == 0, done
        shown[name] = json.loads((tmp_path / name).read_bytes())
    assert (shown["next.json"]["cause"], shown["next.json"]["totals"]["gross"]) == ("renewal", 1199)
    assert (shown["note.json"]["kind"], shown["note.json"]["totals"]["gross"]) == (
        "credit_note", 100,
    )  # fmt: skip
    pdf = ledgerline(database_url, "documents", "preview", subscription, str(tmp_path / "n.pdf"))
    assert pdf.returncode == 0, pdf
    for text, name, said in (
        ("cus_01h455vb4pex5vsknk084sn02q", "x.pdf", "nothing can be shown"),
        (subscription, "x.xml", "no e-invoice"),
    ):
        done = ledgerline(database_url, "documents", "preview", text, str(tmp_path / name))
        assert (done.returncode, said in done.stderr) == (1, True), done
