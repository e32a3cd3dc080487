import asyncio

import pytest

from ledgerline.base.errors import ConstraintViolated
from ledgerline.flows.number_documents import number_documents
from tests.flow_world import World

BUYERS = 12


async def _series(world: World) -> list[tuple[str, int, int]]:
    """Read each series: (kind, numbers stamped, highest number)."""
    rows = await world.rows(
        "SELECT s.kind, count(*), max(d.position) FROM number_series s"
        " JOIN document_number d ON d.series_id = s.id GROUP BY s.kind ORDER BY s.kind"
    )
    return [(kind, stamped, highest) for kind, stamped, highest in rows]


async def _stamp_all(world: World) -> None:
    while await number_documents(world.run):
        pass


async def test_numbers_are_gapless_while_documents_are_issued(world: World) -> None:
    # given purchases, some of them refused, while two workers stamp numbers
    shoppers = [
        await world.shopper(token="tok_decline_do_not_honor" if number % 3 == 0 else "tok_ok")
        for number in range(BUYERS)
    ]

    async def stamp() -> int:
        return sum([await number_documents(world.run, limit=2) for _ in range(10)])

    # when
    await asyncio.gather(*(world.buy(shopper) for shopper in shoppers), stamp(), stamp())
    await _stamp_all(world)
    # then what was paid has a number and nothing else used one up
    assert await _series(world) == [("invoice", 8, 8), ("receipt", 8, 8)]
    assert await world.value("SELECT count(*) FROM numbering_queue") == 0
    assert await world.rows("SELECT kind, next_number FROM number_series ORDER BY kind") == [
        ("invoice", 9), ("receipt", 9),
    ]  # fmt: skip


async def test_rollback_consumes_no_number(world: World) -> None:
    # given a document in the queue that has its number already, and one that has none
    before = await _series(world)
    [(bucket, document_id, series_id)] = await world.rows(
        "SELECT bucket, document_id, series_id FROM document_number ORDER BY display LIMIT 1"
    )
    bought = await world.buy(await world.shopper())
    await world.write(
        "INSERT INTO numbering_queue VALUES (%s, %s, %s, '2026-01-01')",
        bucket,
        document_id,
        series_id,
    )
    # when the transaction that stamps both fails
    for _ in range(3):
        with pytest.raises(ConstraintViolated):
            await _stamp_all(world)
    # then nothing of that series was stamped
    assert (await _series(world))[0] == before[0]
    # and once the queue is right, the next number follows the last
    await world.write("DELETE FROM numbering_queue WHERE document_id = %s", document_id)
    await _stamp_all(world)
    assert await world.value(
        "SELECT position FROM document_number WHERE document_id = %s", bought.invoice_id
    ) == (before[0][1] + 1)


async def test_numbers_of_a_year_belong_to_its_series(world: World) -> None:
    # given a plan bought in 2026 that renews in 2027
    shopper = await world.shopper()
    bought = await world.buy(shopper, "individual_yearly")
    # when
    await world.advance(world.now.replace(year=2027, month=1, day=3))
    # then
    rows = await world.rows(
        "SELECT d.display FROM document_number d JOIN invoice i ON i.id = d.document_id"
        " WHERE i.subscription_id = %s ORDER BY i.issued_at",
        bought.subscription_id,
    )
    assert [display.split("-")[:2] for (display,) in rows] == [["NT", "2026"], ["NT", "2027"]]
