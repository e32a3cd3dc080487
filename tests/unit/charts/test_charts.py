"""Charts draw the numbers they are given, keep a table behind them and escape every word."""

import re
from html.parser import HTMLParser
from importlib.resources import files
from typing import Final
from xml.etree import ElementTree as ET

import pytest
from markupsafe import Markup
from typing_extensions import override

from ledgerline.charts.bars import stacked_bars
from ledgerline.charts.cohorts import Cohort, lowest, shade, triangle
from ledgerline.charts.figure import Axis, Series, thinned, toned
from ledgerline.charts.lines import lines
from ledgerline.charts.rows import Row, Step, compared, waterfall
from ledgerline.charts.units import Amount, Count, Share, share
from ledgerline.documents.locales import locality

ENGLISH: Final = locality("en")
COUNT: Final = Count(ENGLISH)
SHARE: Final = Share(ENGLISH)
EURO: Final = Amount(ENGLISH, "EUR", 2)
AXIS: Final = Axis("Month", ["Jan 2026", "Feb 2026", "Mar 2026"], ["Jan", "Feb", "Mar"])
SCRIPT: Final = "<script>alert(1)</script>"


def parsed(markup: Markup) -> ET.Element:
    """Parse markup as XML, which is stricter than any browser."""
    return ET.fromstring(f"<main>{markup}</main>")  # noqa: S314 - our own


def marks(markup: Markup) -> list[dict[str, str]]:
    return [one.attrib for one in parsed(markup).iter("rect") if one.get("class", "")[:4] == "mark"]


def cells(markup: Markup) -> list[list[str]]:
    rows = [row for table in parsed(markup).iter("table") for row in table.iter("tr")]
    return [["".join(cell.itertext()) for cell in row] for row in rows]


def test_bars_stand_on_zero_and_hang_from_it() -> None:
    up, down = Series("New", [100, 200, None], "c1"), Series("Churn", [-50, 0, -100], "c5")
    drawn = stacked_bars(AXIS, [up, down], COUNT, title="Movements")
    # a plot of 1,000 units from 200 down to -100: zero is two thirds down
    found = [(one["class"], one["x"], one["y"], one["height"]) for one in marks(drawn)]
    assert found == [
        ("mark c1", "20", "333.3", "333.3"),
        ("mark c5", "20", "666.7", "166.7"),
        ("mark c1", "120", "0.0", "666.7"),
        ("mark c5", "220", "666.7", "333.3"),
    ]


def test_parts_of_a_bar_stand_on_each_other() -> None:
    drawn = stacked_bars(
        Axis("Month", ["Jan"]), toned([("A", [1]), ("B", [3])]), COUNT, title="Parts"
    )
    assert [(one["y"], one["height"]) for one in marks(drawn)] == [
        ("750.0", "250.0"),
        ("0.0", "750.0"),
    ]


def test_table_behind_a_chart_has_every_number_and_says_where_there_is_none() -> None:
    net = Series("Net", [5_000, None, -123_456], "ink")
    drawn = stacked_bars(AXIS, [Series("New", [1, 2, 3], "c1")], EURO, title="MRR", line=net)
    assert cells(drawn) == [
        ["Month", "New", "Net"],
        ["Jan 2026", "€0.01", "€50.00"],
        ["Feb 2026", "€0.02", "–"],
        ["Mar 2026", "€0.03", "−€1,234.56"],
    ]


def test_line_is_broken_where_a_value_is_missing() -> None:
    axis = Axis("Week", ["1", "2", "3", "4", "5"])
    drawn = lines(axis, toned([("Rate", [1, 2, None, 3, 4])]), COUNT, title="Rates")
    strokes = [one.get("d", "") for one in parsed(drawn).iter("path") if one.get("class") == "line"]
    assert strokes == ["M50 750.0L150 500.0", "M350 250.0L450 0.0"]


def test_waterfall_begins_each_change_where_the_one_before_ended() -> None:
    steps = [
        Step("Opening", 1_000, is_level=True),
        Step("New", 500),
        Step("Churn", -300),
        Step("Closing", 1_200, is_level=True),
    ]
    drawn = waterfall(steps, EURO, title="Bridge")
    found = [(one["class"], one["x"], one["width"]) for one in marks(drawn)]
    # of 1,000 units from 1,000 up to 1,500
    assert found == [
        ("mark ink", "0.0", "6.0"),
        ("mark c1", "0.0", "1000.0"),
        ("mark c5", "400.0", "600.0"),
        ("mark ink", "400.0", "6.0"),
    ]
    assert [row[-1] for row in cells(drawn)[1:]] == ["€10.00", "+€5.00", "−€3.00", "€12.00"]


def test_compared_rows_have_bars_in_proportion() -> None:
    drawn = compared([Row("A", 40), Row("B", 10)], COUNT, title="Counts")
    assert [one["width"] for one in marks(drawn)] == ["1000.0", "250.0"]
    assert compared([], COUNT, title="Counts").count("<tr>") == 1


def test_triangle_has_no_cell_for_an_age_that_is_not_there() -> None:
    cohorts = [Cohort("Jan", 10, [10, 9, 5]), Cohort("Feb", 4, [4, 3])]
    drawn = triangle(cohorts, (SHARE, COUNT), title="Cohorts")
    found = [one.attrib for one in parsed(drawn).iter("rect")]
    assert [(one["x"], one["y"], one["class"]) for one in found] == [
        ("0", "0", "cell h9"),
        ("1", "0", "cell h8"),
        ("2", "0", "cell h0"),
        ("0", "1", "cell h9"),
        ("1", "1", "cell h5"),
    ]
    assert cells(drawn)[1:] == [
        ["Jan", "10", "100%", "90%", "50%"],
        ["Feb", "4", "100%", "75%", "–"],
    ]


def test_shades_reach_from_the_lowest_share_to_all() -> None:
    assert lowest([Cohort("Jan", 100, [100, 93])]) == 900_000
    assert lowest([Cohort("Jan", 100, [100])]) == 950_000
    assert lowest([]) == 0
    assert [shade(left, 900_000) for left in (900_000, 949_999, 950_000, 1_000_000)] == [0, 4, 5, 9]


@pytest.mark.parametrize(
    ("drawn"),
    [
        pytest.param(
            stacked_bars(
                Axis(SCRIPT, [SCRIPT]), toned([(SCRIPT, [1]), ("B", [2])]), COUNT, title=SCRIPT
            ),
            id="bars",
        ),
        pytest.param(
            lines(Axis(SCRIPT, [SCRIPT]), toned([(SCRIPT, [1])]), COUNT, title='"><b>'), id="lines"
        ),
        pytest.param(waterfall([Step(SCRIPT, 1)], COUNT, title=SCRIPT), id="waterfall"),
        pytest.param(
            compared([Row(SCRIPT, 1, SCRIPT)], COUNT, title=SCRIPT, names=(SCRIPT, "", "x")),
            id="rows",
        ),
        pytest.param(
            triangle([Cohort(SCRIPT, 1, [1])], (SHARE, COUNT), title=SCRIPT), id="triangle"
        ),
    ],
)
def test_words_are_inert_and_nothing_is_styled_or_scripted_in_place(drawn: Markup) -> None:
    found = _Names()
    found.feed(drawn)
    assert found.tags.isdisjoint({"script", "style", "b"})
    assert [name for name in found.attributes if name == "style" or name.startswith("on")] == []
    assert "&lt;script&gt;" in drawn


class _Names(HTMLParser):
    """Notes which elements and attributes a reader of HTML finds."""

    def __init__(self) -> None:
        super().__init__()
        self.tags, self.attributes = set[str](), set[str]()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@pytest.mark.parametrize(
    ("unit", "value", "written", "short"),
    [
        (COUNT, -1_234_567, "−1,234,567", "−1.2M"),
        (EURO, 123_456, "€1,234.56", "1,234.56"),
        (Amount(locality("de"), "EUR", 2), 123_456, "1.234,56\xa0€", "1.234,56"),
        (Amount(ENGLISH, "JPY", 0), 1_580, "¥1,580", "1,580"),
        (Amount(ENGLISH, "KWD", 3), 3_290, "KWD\xa03.290", "3.29"),
        (Amount(ENGLISH, "EUR", 2, fine=True), 8_395_000, "€8.395", "8.395"),
        (Amount(ENGLISH, "EUR", 2, fine=True), -8_395_000, "−€8.395", "−8.395"),
        (Amount(ENGLISH, "EUR", 2, fine=True, is_rounded=True), 8_395_000, "€8.40", "8.395"),
        (SHARE, 855_000, "85.5%", "85.5%"),
        (SHARE, 855_499, "85.5%", "85.5%"),
        (SHARE, 1_000_000, "100%", "100%"),
    ],
)
def test_units_write_as_the_language_does(
    unit: Count | Amount | Share, value: int, written: str, short: str
) -> None:
    assert (unit.written(value), unit.short(value)) == (written, short)


def test_share_is_none_of_nothing_and_rounds_half_up() -> None:
    assert share(1, 0) is None
    assert [share(1, 3), share(2, 3), share(833, 980)] == [333_333, 666_667, 850_000]


def test_labels_that_would_not_find_room_are_left_out_at_equal_distances() -> None:
    assert thinned(["a", "b"]) == ["a", "b"]
    assert thinned([]) == []
    kept = [number for number, label in enumerate(thinned(["x"] * 52)) if label]
    assert kept == list(range(0, 52, 5))
    # labels without words take no room
    assert thinned(["Jan", "", "", "", "Feb"] * 6) == ["Jan", "", "", "", "Feb"] * 6


def test_ids_of_colours_exist_in_the_stylesheet() -> None:
    sheet = files("ledgerline.charts").joinpath("marks.css").read_text("utf-8")
    from_css = set(re.findall(r"\.([a-z0-9-]+) \{--c:", sheet))
    assert {"c1", "c2", "c3", "c4", "c5", "ink", "up-2", "up-3", "down-1", "down-2"} <= from_css
    assert {f"h{number}" for number in range(10)} <= from_css
