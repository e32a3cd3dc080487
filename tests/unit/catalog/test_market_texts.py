"""Which text of a market holds, in which language, and what is still to be confirmed."""

from datetime import UTC, date, datetime
from typing import Final

import pytest

from ledgerline.catalog.rows import MarketTextRow
from ledgerline.catalog.rules.nodes import CatalogInvalid
from ledgerline.catalog.rules.text_entries import parse_texts
from ledgerline.catalog.rules.texts import in_force, unconfirmed

AT: Final = datetime(2026, 7, 1, tzinfo=UTC)
ON: Final = date(2026, 7, 1)
ENTRY: Final = """format: 1
texts:
  - market: DE
    kind: terms
    language: de
    version: "2026-07"
    valid_from: 2026-07-01
    reviewed: no
    text: Ich stimme zu.
"""


def _text(
    kind: str = "terms", language: str = "de", version: str = "1", begins: date = ON
) -> MarketTextRow:
    return MarketTextRow(
        market_code="DE", kind=kind, language=language, version=version, valid_from=begins,
        body="x", link=None, is_reviewed=True, loaded_at=AT,
    )  # fmt: skip


def test_the_newest_that_has_begun_holds_in_the_best_language() -> None:
    texts = [
        _text(version="2"), _text(version="1", begins=date(2026, 1, 1)),
        _text(version="3", begins=date(2026, 8, 1)), _text(language="en"),
        _text("withdrawal", "sv"),
    ]  # fmt: skip

    def chosen(*languages: str) -> list[tuple[str, str, str]]:
        rows = in_force(texts, on=ON, languages=languages)
        return [(one.kind, one.language, one.version) for one in rows]

    assert chosen("de", "en") == [("withdrawal", "sv", "1"), ("terms", "de", "2")]
    assert chosen("fr", "en") == [("withdrawal", "sv", "1"), ("terms", "en", "1")]
    assert in_force(texts, on=date(2025, 1, 1), languages=["de"]) == []


def test_what_has_to_be_confirmed_is_in_its_newest_version_of_any_language() -> None:
    texts = [_text(), _text(version="0", begins=date(2026, 1, 1)), _text("renewal")]
    assert unconfirmed(texts, [], on=ON) == [("terms", "1")]
    assert unconfirmed(texts, [("terms", "0")], on=ON) == [("terms", "1")]
    assert unconfirmed(texts, [("terms", "1")], on=ON) == []
    assert unconfirmed([*texts, _text(language="en", version="9")], [("terms", "9")], on=ON) == []
    assert unconfirmed(texts, [], on=date(2025, 1, 1)) == []


def test_a_file_is_read_or_refused_with_every_mistake() -> None:
    [row] = parse_texts(ENTRY, loaded_at=AT)
    assert (row.kind, row.language, row.version, row.is_reviewed) == (
        "terms", "de", "2026-07", False,
    )  # fmt: skip
    broken = ENTRY.replace("kind: terms", "kind: song").replace("reviewed: no", "reviewed: maybe")
    with pytest.raises(CatalogInvalid) as refused:
        parse_texts(broken, loaded_at=AT)
    errors = refused.value.facts["errors"]
    assert isinstance(errors, list)
    assert [one["line"] for one in errors] == [4, 8]
    with pytest.raises(CatalogInvalid):
        parse_texts(ENTRY + ENTRY.partition("texts:\n")[2], loaded_at=AT)
