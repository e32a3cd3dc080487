"""Pages of documentation are those that the code makes, and say what it does."""

from pathlib import Path

import pytest

from ledgerline.datasets.docs import pages, stale, write_pages
from ledgerline.datasets.lineage import check_reads, columns_of, model_reads, tree
from ledgerline.datasets.node import Fold
from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.releases.refusals import ReportFolderTaken
from tests.architecture.modules import ROOT

PAGES = ROOT / "docs" / "reference" / "data-sets"


def test_pages_are_current() -> None:
    assert stale(PAGES) == [], "ledgerline data docs writes them anew"


def test_page_that_is_missing_changed_or_too_many_is_named_and_written_anew(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "deep" / "pages"
    assert stale(folder) == sorted(pages())
    assert write_pages(folder) == list(pages())
    assert stale(folder) == []
    (folder / "gone_table.md").write_text(pages()["payment.md"])
    (folder / "notes.md").write_text("by a person")
    (folder / "tax_return.md").write_text(pages()["tax_return.md"] + "edited by hand")
    (folder / "payment.md").unlink()
    assert stale(folder) == ["gone_table.md", "payment.md", "tax_return.md"]
    write_pages(folder)
    assert stale(folder) == []
    assert not (folder / "gone_table.md").exists()
    assert (folder / "notes.md").read_text() == "by a person"


def test_models_read_nothing_that_their_contracts_do_not_name() -> None:
    for node in nodes():
        named = {*node.contract.reads, *node.contract.sources}
        read = set(model_reads(node))
        assert read, node.name
        assert read <= named, node.name


def test_lineage_leads_down_to_tables_of_the_database() -> None:
    assert tree(node_of("payment_performance")).splitlines() == [
        "payment_performance",
        "└─ payment",
        "   ├─ attempt",
        "   │  ├─ attempt_adopted ← attempt_evidence, attempt, payment, invoice",
        "   │  ├─ attempt_answer ← attempt_evidence, attempt",
        "   │  ├─ attempt_end ← attempt_evidence, attempt",
        "   │  ├─ attempt_sent ← decision, attempt, payment, invoice",
        "   │  ├─ charge_proof ← attempt_evidence, attempt, payment",
        "   │  ├─ refund_done ← event, refund",
        (
            "   │  ├─ settlement_line ← settlement_step, settlement_file, settlement_line, payout,"
            " attempt"
        ),
        "   │  └─ settlement_replaced ← settlement_step",
        "   └─ payment_end ← event, attempt",
    ]


def test_columns_are_followed_to_those_that_they_are_computed_of() -> None:
    found = columns_of(node_of("tax_return"))
    assert found["tax_minor"] == {"document_line": ("tax_minor",)}
    assert found["is_pending"] == {"document_line": ("booked_month", "supplied_on")}
    page = pages()["document_line.md"]
    amount = "invoice_line: `net_minor`; line_credit: `net_minor`; transfer: `purpose`"
    assert f"| `net_minor` | {amount} |" in page
    assert "| `kind` | transfer: `purpose` |" in page
    # every column of every expression is followed, and what Python computes says so
    for node in nodes():
        is_folded = isinstance(node.build, Fold)
        assert set(columns_of(node)) == (set() if is_folded else set(node.contract.columns))
    assert "Python computes the rows" in pages()["subscription_version.md"]


def test_audits_say_what_they_are_held_against() -> None:
    [ties] = [one for one in node_of("tax_return").checks if one.name == "tax_return_ledger"]
    assert check_reads(ties) == ("tax_return", "transfer")
    page = pages()["tax_return.md"]
    assert "Ties to the ledger.** | `tax_return`, `transfer` |" in page


def test_page_of_another_origin_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("of a person")
    with pytest.raises(ReportFolderTaken):
        write_pages(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]
    assert (tmp_path / "README.md").read_text() == "of a person"
