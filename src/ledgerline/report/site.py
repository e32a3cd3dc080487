"""A report: an index and a page a data set, written beside where they go and then put there."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from markupsafe import Markup

from ledgerline.datasets.engine import Engine
from ledgerline.datasets.lake import Lake
from ledgerline.datasets.node import DATA_SETS, Node
from ledgerline.datasets.nodes import node_of, nodes
from ledgerline.datasets.reading import reading
from ledgerline.datasets.release import Found, checks_of, tables_of
from ledgerline.documents.locales import locality
from ledgerline.releases.rows import ReleaseRow
from ledgerline.report.any_views import views_of
from ledgerline.report.cells import Pen, is_number, title_of
from ledgerline.report.copies import Copy, write_copies
from ledgerline.report.pages import page, stylesheet
from ledgerline.report.questions import GROUPS_MAX, Rows, View, grouped
from ledgerline.report.replacing import MANIFEST, replaced

Tell = Callable[[str], None]
ROWS_SHOWN: Final = 100
INDEX: Final = "index.html"


class Part(NamedTuple):
    """A picture of one group of rows, such as a currency; without a name it is the only one."""

    name: str
    drawn: Markup


class Asked(NamedTuple):
    """A view with what came of it: no part where no row answers it."""

    title: str
    note: str
    parts: Sequence[Part]
    left_out: int


class Of(NamedTuple):
    """What a report is of: a release, and until when rows of the business are in it."""

    released: ReleaseRow
    exported_until: datetime


def write_report(
    lake: Lake,
    source: Of,
    folder: Path,
    *,
    names: Sequence[str] = (),
    locale: str = "en",
    tell: Tell = lambda _: None,
) -> Path:
    """Write a report of ``names``, or of every data set in the release; return its first page.

    An earlier report in ``folder`` is replaced as a whole. Raises ``TableNotFound``, and
    ``ReportFolderTaken`` where the folder holds anything else.
    """
    chosen = _chosen(names, tables_of(source.released))
    with replaced(folder) as fresh, reading(lake, source.released, filled=True) as engine:
        write_pages(engine, source, fresh, chosen=chosen, pen=Pen(locality(locale)), tell=tell)
    return folder / INDEX


def write_pages(
    engine: Engine,
    source: Of,
    folder: Path,
    *,
    chosen: Sequence[Node],
    pen: Pen,
    tell: Tell = lambda _: None,
) -> None:
    """Write all files of a report into an empty folder; ``engine`` knows each table by its name."""
    engine.sql(f"SET VARIABLE today = DATE '{source.released.business_day}'")
    (folder / "files").mkdir()
    (folder / "report.css").write_text(stylesheet(), "utf-8")
    site = _Site(engine, source, pen, [node.name for node in chosen])
    listed = []
    for node in chosen:
        tell(node.name)
        listed.append(site.write(node, folder))
    (folder / INDEX).write_text(site.first_page(listed), "utf-8")
    (folder / MANIFEST).write_text(site.manifest(listed), "utf-8")


def _chosen(names: Sequence[str], released: Mapping[str, object]) -> list[Node]:
    if names:
        return [node_of(name) for name in dict.fromkeys(names)]
    return [node for node in nodes() if node.namespace == DATA_SETS and node.name in released]


class _Site(NamedTuple):
    """Writes the pages of one report."""

    engine: Engine
    source: Of
    pen: Pen
    names: Sequence[str]

    def write(self, node: Node, folder: Path) -> dict[str, Any]:
        """Write the page and the files of one data set; return what the index says of it."""
        contract = node.contract
        [counted] = self._rows(
            f'SELECT count(*) AS rows, min("{contract.partition}") AS first, '  # noqa: S608 - names of a contract
            f'max("{contract.partition}") AS last FROM "{contract.name}"'
        )
        checks = self._checks(node)
        said = {
            "name": node.name,
            "title": title_of(node.name),
            "purpose": contract.purpose,
            "rows": counted["rows"],
            "rows_written": self.pen.count.written(counted["rows"]),
            "first": self.pen.month(counted["first"]) if counted["rows"] else "",
            "last": self.pen.month(counted["last"]) if counted["rows"] else "",
            "audits": len(checks),
            "broken": sum(bool(one.broken) for one in checks),
            "csv": None,
            "parquet": None,
        }
        if counted["rows"]:
            csv, parquet = write_copies(self.engine, contract, folder / "files")
            said |= {"csv": csv, "parquet": parquet}
        views = [self._ask(view) for view in views_of(contract)] if counted["rows"] else []
        text = page(
            "set.html", **self._frame(node.name), **said, contract=contract, checks=checks,
            views=views, table=self._table(node), size=_size,
        )  # fmt: skip
        (folder / f"{node.name}.html").write_text(text, "utf-8")
        return said

    def first_page(self, listed: Sequence[Mapping[str, Any]]) -> str:
        """Return the first page."""
        return page("index.html", **self._frame(""), listed=listed, size=_size)

    def manifest(self, listed: Sequence[Mapping[str, Any]]) -> str:
        """Return what programs read of a report."""
        sets = [
            {
                "name": one["name"],
                "rows": one["rows"],
                "csv": one["csv"] and one["csv"].path,
                "parquet": one["parquet"] and one["parquet"].path,
            }
            for one in listed
        ]
        return json.dumps({"release": self.source.released.no, "data_sets": sets}, indent=1)

    def _frame(self, current: str) -> dict[str, Any]:
        """Return what stands around every page: the release, and the way to the other pages."""
        released = self.source.released
        return {
            "release": released,
            "business_day": self.pen.day(released.business_day),
            "made_at": f"{released.made_at:%Y-%m-%d %H:%M} UTC",
            "exported_until": f"{self.source.exported_until:%Y-%m-%d %H:%M} UTC",
            "menu": [(name, title_of(name)) for name in self.names],
            "current": current,
        }

    def _checks(self, node: Node) -> list[Found]:
        own = {f"{node.name}_key", *(check.name for check in node.checks)}
        return [one for one in checks_of(self.source.released) if one.name in own]

    def _ask(self, view: View) -> Asked:
        rows = self._rows(view.sql)
        groups = list(grouped(view, rows)) if rows else []
        parts = [
            Part(name, view.draw(each, self.pen, f"{view.title} {name}".strip()))
            for name, each in groups[:GROUPS_MAX]
        ]
        return Asked(view.title, view.note, parts, len(groups) - len(parts))

    def _table(self, node: Node) -> dict[str, Any]:
        """Return the newest rows as they are written."""
        contract = node.contract
        order = ", ".join(f'"{name}"' for name in contract.key)
        rows = self._rows(
            f'SELECT * FROM "{contract.name}" '  # noqa: S608 - names of a contract
            f'ORDER BY "{contract.partition}" DESC, {order} LIMIT {ROWS_SHOWN}'
        )
        columns = list(contract.columns)
        return {
            "heads": [(name, name.replace("_", " "), is_number(name)) for name in columns],
            "cells": [
                [(self.pen.cell(name, row), is_number(name)) for name in columns] for row in rows
            ],
        }

    def _rows(self, sql: str) -> Rows:
        found: Rows = self.engine.sql(sql).to_pylist()
        return found


def _size(copy: Copy) -> str:
    """Write how large a file is."""
    return f"{max(copy.size // 1_000, 1):,} kB"
