"""Report pages: one for every data set, inert, complete, and whole tables beside them."""

import csv
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typing_extensions import override

from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.datasets.release import Found
from ledgerline.releases.refusals import ReportFolderTaken
from ledgerline.report.any_views import VIEWS, views_of
from ledgerline.report.replacing import MANIFEST, replaced
from ledgerline.report.site import ROWS_SHOWN
from tests.datasets.report_pages import SCRIPT, SETS, written
from tests.datasets.tables import Row

_MOVES: Final = [
    {
        "seller_code": "nordic", "currency": currency, "customer_id": f"{number:08}",
        "kind": kind, "booked_on": date(2026, month, 3), "booked_month": date(2026, month, 1),
        "delta_e4": delta, "before_e4": 0, "after_e4": delta, "market_code": "DE",
        "plan_code": SCRIPT, "reason": "=HYPERLINK(1)",
    }
    for number, (currency, kind, month, delta) in enumerate(
        [
            ("EUR", "new", 1, 10_080_000), ("EUR", "churn", 2, -5_030_000),
            ("EUR", "new", 2, 8_395_000), ("JPY", "new", 3, 9_800_000),
            ("KWD", "new", 3, -32_901_234),
        ]
    )
]  # fmt: skip


class _Page(HTMLParser):
    """What a browser finds in a page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.tags, self.links, self.ids = list[str](), list[str](), list[str]()
        self.attributes, self.text = set[str](), ""
        self.feed(path.read_text("utf-8"))

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}
        said = dict(attrs)
        self.links += [value for name in ("href", "src") if (value := said.get(name))]
        self.ids += [value for value in [said.get("id")] if value]

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


def _one_row_each() -> dict[str, list[Row]]:
    """Give every table one row in which every text is a script, and every date lies in a month."""
    rows = dict[str, list[Row]]()
    for node in nodes():
        row = dict[str, object]()
        for field in node.contract.schema():
            match field.type:
                case kind if kind == pa.date32():
                    row[field.name] = date(2026, 2, 1)
                case kind if kind == pa.int64():
                    row[field.name] = 7
                case kind if kind == pa.bool_():
                    row[field.name] = True
                case _:
                    row[field.name] = "EUR" if "currency" in field.name else SCRIPT
        rows[node.name] = [row]
    return rows


@pytest.mark.parametrize("kind", ["full", "empty"])
def test_every_data_set_has_a_page_that_is_inert_and_leads_nowhere_else(
    tmp_path: Path, kind: str
) -> None:
    report = written(_one_row_each() if kind == "full" else {}, tmp_path)
    pages = {path.name: _Page(path) for path in report.glob("*.html")}
    assert set(pages) == {"index.html", *(f"{node.name}.html" for node in SETS)}
    for name, page in pages.items():
        assert {"script", "style", "iframe", "img", "form"}.isdisjoint(page.tags), name
        assert {one for one in page.attributes if one == "style" or one.startswith("on")} == set()
        assert len(page.ids) == len(set(page.ids)), name
        for link in page.links:
            if link.startswith("#"):
                assert link[1:] in page.ids, link
            elif link != "data:,":
                assert (report / link).is_file(), link
    told = {"full": SCRIPT, "empty": "There are no rows yet"}[kind]
    assert all(told in pages[f"{node.name}.html"].text for node in SETS)
    assert "late file <script>" in pages["index.html"].text  # shown, and as text


def test_every_view_draws_what_there_is(tmp_path: Path) -> None:
    report = written(_one_row_each(), tmp_path)
    for node in SETS:
        text = (report / f"{node.name}.html").read_text("utf-8")
        for view in views_of(node.contract):
            assert f">{view.title}</h2>" in text
        drawn = len(re.findall(r'class="(?:chart|table waterfall|table compared)"', text))
        empty = text.count("No row answers this yet.")
        assert drawn + empty >= len(views_of(node.contract)), node.name


def test_views_are_of_data_sets_that_exist() -> None:
    assert set(VIEWS) <= {node.name for node in SETS}


def test_data_set_without_views_of_its_own_is_counted_by_month(tmp_path: Path) -> None:
    line = node_of("document_line")
    rows = [
        {"line_id": str(number), "kind": "line", "currency": "EUR", "booked_month": month}
        for number, month in enumerate([date(2026, 1, 1), date(2026, 3, 1), date(2026, 3, 1)])
    ]
    report = written({"document_line": rows}, tmp_path, chosen=[line])
    text = (report / "document_line.html").read_text("utf-8")
    assert re.findall(r"<title>Rows (\d)</title>", text) == ["1", "2"]


def test_amounts_are_of_their_currency_and_never_added_to_those_of_another(tmp_path: Path) -> None:
    moves = node_of("mrr_movements")
    report = written({"mrr_movements": _MOVES}, tmp_path, chosen=[moves])
    page = _Page(report / "mrr_movements.html")
    # the currency with the most customers is open, the others are folded
    assert page.text.index("EUR") < page.text.index("JPY")
    for amount in ("+€18.48", "−€5.03", "€13.45", "+¥980", "−KWD\xa03.290"):
        assert amount in page.text, amount
    # in rows they are exact
    assert "€8.395" in page.text
    assert "−KWD\xa03.2901234" in page.text


def test_rows_beyond_the_first_are_in_the_files_and_the_page_says_so(tmp_path: Path) -> None:
    rows = [{**_MOVES[0], "customer_id": f"{number:08}"} for number in range(ROWS_SHOWN + 5)]
    report = written({"mrr_movements": rows}, tmp_path, chosen=[node_of("mrr_movements")])
    text = _Page(report / "mrr_movements.html").text
    assert "the newest 100 of 105; all of them are in the CSV and Parquet files" in text
    with (report / "files/mrr_movements.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == ROWS_SHOWN + 5
    assert pq.read_table(report / "files/mrr_movements.parquet").num_rows == ROWS_SHOWN + 5


def test_csv_has_decimals_beside_minor_units_and_no_formula(tmp_path: Path) -> None:
    report = written({"mrr_movements": _MOVES}, tmp_path, chosen=[node_of("mrr_movements")])
    with (report / "files/mrr_movements.csv").open(newline="") as file:
        rows = {row["customer_id"]: row for row in csv.DictReader(file)}
    decimals = [(row["delta_e4"], row["delta"]) for row in rows.values()]
    assert sorted(decimals) == [
        ("-32901234", "-3.2901234"),
        ("-5030000", "-5.030000"),
        ("10080000", "10.080000"),
        ("8395000", "8.395000"),
        ("9800000", "980.0000"),
    ]
    assert {row["reason"] for row in rows.values()} == {"'=HYPERLINK(1)"}
    parquet = pq.read_table(report / "files/mrr_movements.parquet")
    assert set(parquet["reason"].to_pylist()) == {"=HYPERLINK(1)"}
    assert parquet.column_names == list(node_of("mrr_movements").contract.columns)


def test_numbers_and_days_are_written_as_the_locale_does(tmp_path: Path) -> None:
    moves = node_of("mrr_movements")
    report = written({"mrr_movements": _MOVES}, tmp_path, chosen=[moves], locale="de")
    text = _Page(report / "mrr_movements.html").text
    assert "13,45\xa0€" in text
    assert "03.01.2026" in text


def test_audits_of_the_release_are_told_and_a_warning_is_seen_from_the_first_page(
    tmp_path: Path,
) -> None:
    key = Found(name="mrr_movements_key", sentence="no two", blocks=True, broken=0, rows=[])
    bounds = node_of("mrr_movements").checks[0].name
    warned = Found(name=bounds, sentence="within bounds", blocks=False, broken=2, rows=[])
    other = Found(name="tax_return_key", sentence="of another", blocks=True, broken=0, rows=[])
    report = written(
        {"mrr_movements": _MOVES}, tmp_path, chosen=[node_of("mrr_movements")],
        checks=[key, warned, other],
    )  # fmt: skip
    text = _Page(report / "mrr_movements.html").text
    assert "1 of 2 warn" in text
    assert "2 rows break it" in text
    assert "of another" not in text
    assert "1 of 2 audits warn" in _Page(report / "index.html").text


def test_manifest_lists_what_is_there(tmp_path: Path) -> None:
    chosen = [node_of("mrr_movements"), node_of("tax_return")]
    report = written({"mrr_movements": _MOVES}, tmp_path, chosen=chosen)
    assert json.loads((report / "report.json").read_text()) == {
        "release": 7,
        "data_sets": [
            {
                "name": "mrr_movements", "rows": 5, "csv": "files/mrr_movements.csv",
                "parquet": "files/mrr_movements.parquet",
            },
            {"name": "tax_return", "rows": 0, "csv": None, "parquet": None},
        ],
    }  # fmt: skip


def test_report_replaces_an_earlier_one_as_a_whole(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "report"
    for name in ("first", "second"):
        with replaced(folder) as fresh:
            (fresh / MANIFEST).write_text("{}")
            (fresh / name).write_text("")
    assert {path.name for path in folder.iterdir()} == {MANIFEST, "second"}
    assert [path.name for path in folder.parent.iterdir()] == ["report"]


def test_report_that_fails_leaves_the_earlier_one(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    with replaced(folder) as fresh:
        (fresh / MANIFEST).write_text("{}")
    with pytest.raises(FileNotFoundError), replaced(folder) as fresh:
        (fresh / "no such folder" / "page.html").write_text("")
    assert [path.name for path in folder.iterdir()] == [MANIFEST]


def test_report_takes_the_place_of_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    (tmp_path / "file").write_text("")
    for taken in ("mine", "file"):
        with pytest.raises(ReportFolderTaken), replaced(tmp_path / taken):
            pass
    (tmp_path / "empty").mkdir()
    with replaced(tmp_path / "empty") as fresh:
        (fresh / MANIFEST).write_text("{}")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
