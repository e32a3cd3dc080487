"""Reading connections plan for the values they are given, however often they were given others."""

from typing import Final, LiteralString, NamedTuple, cast
from uuid import UUID

from ledgerline.base.db import connected
from ledgerline.base.statements import Statement

_UNFILTERED: Final = 8  # more than the five executions after which one plan may be kept


class TextRow(NamedTuple):
    """A line of an answer."""

    text: str


def _statement(text: str) -> Statement:
    return Statement(
        name="planted", text=cast("LiteralString", text), rank=None, refusals={}, arrays={}
    )


async def test_a_filter_that_was_absent_often_is_still_planned_for(database_url: str) -> None:
    asked = _statement(
        "SELECT c.locale FROM customer AS c WHERE (%(id)s::uuid IS NULL OR c.id = %(id)s)"
        " ORDER BY c.id DESC LIMIT 1"
    )
    prepare = _statement(f"PREPARE listing (uuid) AS {asked.numbered.decode()}")
    async with connected(database_url, size=1, name="plans") as database:
        async with database.reading() as read:
            assert await read.row(
                _statement("SELECT current_setting('plan_cache_mode') AS text"), TextRow
            ) == TextRow("force_custom_plan")
        async with database.reading() as read:
            # given a list that was read without its filter many times
            await read.rows(prepare, TextRow)
            for _ in range(_UNFILTERED):
                await read.rows(_statement("EXECUTE listing (NULL)"), TextRow)
            # when it is read with the filter
            explain = _statement(f"EXPLAIN EXECUTE listing ('{UUID(int=1)}')")
            lines = [row.text for row in await read.rows(explain, TextRow)]
    # then the filter is what the index is searched by
    assert any("Index Cond: (id = " in line for line in lines), lines
