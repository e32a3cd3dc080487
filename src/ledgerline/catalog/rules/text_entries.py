"""Read a file of texts into rows, or refuse it with every mistake it has."""

import re
from datetime import datetime
from typing import Final

from ledgerline.catalog.rows import MarketTextRow
from ledgerline.catalog.rules import nodes, scalars
from ledgerline.catalog.rules.nodes import Spot
from ledgerline.catalog.rules.texts import TextKind

FORMAT: Final = "1"
BODY_MAX: Final = 4_000
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")
_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def parse_texts(text: str, *, loaded_at: datetime) -> list[MarketTextRow]:
    """Read texts; raises ``CatalogInvalid`` with the line and dotted key of every mistake."""
    whole = nodes.root(text)
    parts = whole.fields("format", "texts")
    parts["format"].one_of((FORMAT,), what="format")
    found: dict[tuple[str, ...], MarketTextRow] = {}
    for item in parts["texts"].items():
        row = _row(item, loaded_at=loaded_at)
        key = (row.market_code, row.kind, row.language, row.version)
        if key in found:
            item.note("is there twice: market, kind, language and version name one text")
        found[key] = row
    nodes.refuse(whole.notes.problems)
    return list(found.values())


def _row(item: Spot, *, loaded_at: datetime) -> MarketTextRow:
    fields = item.fields(
        "market", "kind", "language", "version", "valid_from", "reviewed", "text",
        optional=("link",),
    )  # fmt: skip
    link = fields.get("link")
    return MarketTextRow(
        market_code=fields["market"].matching(scalars.COUNTRY, wanted=scalars.COUNTRY_WORDS),
        kind=fields["kind"].choice(TextKind),
        language=fields["language"].matching(_LANGUAGE, wanted="a language such as de"),
        version=fields["version"].matching(_VERSION, wanted="a version such as 2026-11"),
        valid_from=fields["valid_from"].day(),
        body=fields["text"].block(longest=BODY_MAX),
        link=scalars.website(link) if link else None,
        is_reviewed=fields["reviewed"].one_of(("yes", "no"), what="answer") == "yes",
        loaded_at=loaded_at,
    )
