"""Publish what buyers are told and have to confirm."""

from collections.abc import Sequence

from ledgerline.base.db import Tx
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.catalog.refusals import TextChanged, TextNotReviewed, UnknownMarket
from ledgerline.catalog.rows import MarketTextRow


@repeated
async def load_texts(run: Run, texts: Sequence[MarketTextRow]) -> list[MarketTextRow]:
    """Publish the versions that are not published yet, and return them.

    Called by the command line and the demo. Two loads wait for one another; safe to repeat. Raises
    ``TextNotReviewed`` in a live environment for one that nobody reviewed, ``TextChanged`` for a
    version that says something else by now, and ``UnknownMarket``.
    """
    await _refuse_unreviewed(run, texts)
    async with run.transaction() as tx:
        await catalog.lock_sellers(tx)
        new = await _new_in(tx, texts)
        await catalog.add_texts(tx, new)
    return new


async def preview_texts(run: Run, texts: Sequence[MarketTextRow]) -> list[MarketTextRow]:
    """Return what ``load_texts`` would publish; raises what it raises."""
    await _refuse_unreviewed(run, texts)
    async with run.transaction() as tx:
        return await _new_in(tx, texts)


async def _refuse_unreviewed(run: Run, texts: Sequence[MarketTextRow]) -> None:
    if (await run.environment()).kind != "live":
        return
    for one in texts:
        if not one.is_reviewed:
            raise TextNotReviewed(
                "a live environment shows no text that nobody reviewed", text=" ".join(_key(one))
            )


async def _new_in(tx: Tx, texts: Sequence[MarketTextRow]) -> list[MarketTextRow]:
    markets = {one.code for one in await catalog.read_markets(tx)}
    codes = sorted({one.market_code for one in texts})
    for code in codes:
        if code not in markets:
            raise UnknownMarket("nothing is sold in this market", market=code)
    held = {_key(one): one for one in await catalog.read_texts(tx, market_codes=codes)}
    for one in texts:
        known = held.get(_key(one))
        if known is not None and known._replace(loaded_at=one.loaded_at) != one:
            raise TextChanged(
                "this version is published with other words: give it another version",
                text=" ".join(_key(one)),
            )
    return [one for one in texts if _key(one) not in held]


def _key(text: MarketTextRow) -> tuple[str, str, str, str]:
    return text.market_code, text.kind, text.language, text.version
