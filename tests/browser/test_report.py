"""Report pages in a browser: everybody can use each of them, in any light, at any width."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Final, Literal, TypeAlias

import pyarrow as pa
import pytest
from playwright.async_api import Browser, Page

from ledgerline.base.calendar import add_months
from ledgerline.datasets.node import DATA_SETS, Node
from ledgerline.datasets.nodes import nodes
from tests.browser.axe import violations
from tests.browser.visit import PATIENCE_MS
from tests.datasets.report_pages import written
from tests.datasets.tables import Row

SETS: Final = [node for node in nodes() if node.namespace == DATA_SETS]
PAGES: Final = ["index", *(node.name for node in SETS)]
_Look: TypeAlias = tuple[int, Literal["light", "dark"]]
LOOKS: Final[Sequence[_Look]] = ((360, "dark"), (1440, "light"), (360, "light"), (1440, "dark"))
"""Widths with the scheme that is asked for; in the short form one of them for each page."""
_FIRST: Final = date(2025, 8, 1)
_ROWS: Final = 16
_TEXTS: Final = {"currency": ("EUR", "SEK"), "market_code": ("DE", "SE"), "kind": ("new", "churn")}
_SIDEWAYS: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_UNREACHED: Final = """[...document.querySelectorAll('main *')].filter(one =>
  one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX === 'auto'
  && !(one.tabIndex === 0 && one.role === 'region' && one.hasAttribute('aria-label'))
).map(one => one.outerHTML.slice(0, 120))"""
"""What scrolls, and cannot be scrolled by keys or has no name."""


def _row(node: Node, number: int) -> Row:
    """Make a row that fills every picture: months of two currencies, and amounts that differ."""
    month = add_months(_FIRST, number // 4, anchor_day=1)
    row = dict[str, object]()
    for place, field in enumerate(node.contract.schema()):
        match field.type:
            case kind if kind == pa.date32():
                row[field.name] = month
            case kind if kind == pa.int64():
                row[field.name] = (1 + number % 5) * 1_000 + place
            case kind if kind == pa.bool_():
                row[field.name] = number % 2 == 0
            case _:
                names = _TEXTS.get(field.name, (f"{field.name}-one", f"{field.name}-two"))
                row[field.name] = names[number % 2]
    return row


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    tables: Mapping[str, Sequence[Row]] = {
        node.name: [_row(node, number) for number in range(_ROWS)] for node in nodes()
    }
    return written(tables, tmp_path_factory.mktemp("pages"))


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    async with await browser.new_context(bypass_csp=True) as context:
        context.set_default_timeout(PATIENCE_MS)
        yield await context.new_page()


@pytest.mark.parametrize("name", PAGES)
async def test_every_page_can_be_used_by_everybody(
    page: Page, report: Path, name: str, *, long_form: bool
) -> None:
    await page.goto((report / f"{name}.html").as_uri())
    await page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true })")
    first = PAGES.index(name) % len(LOOKS)
    for width, scheme in LOOKS if long_form else LOOKS[first:][:1]:
        await page.set_viewport_size({"width": width, "height": 900})
        assert await page.evaluate(_SIDEWAYS) == 0, width
        assert await page.evaluate(_UNREACHED) == [], width
        await page.emulate_media(color_scheme=scheme)
        assert await violations(page) == [], (width, scheme)
