"""Settlement files of a world: asked of its simulator, imported and matched as an operator does."""

from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from typing import Final

from ledgerline.flows.import_settlement import Imported, NewSettlement, import_settlement
from ledgerline.flows.match_settlement import Rematched, match_settlement
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from tests.flow_world import World

DAY: Final = timedelta(days=1)


async def statement(
    world: World, day: date, *, provider: str = "aster", days: int = 1, **more: object
) -> bytes:
    """Ask for the file of what settled on a day, or on so many."""
    start = datetime.combine(day, time.min, tzinfo=UTC)
    asked = {"provider": provider, "currency": "EUR", **more}
    span = {"from": start.isoformat(), "to": (start + days * DAY).isoformat()}
    return await world.simulator.statement(**asked, **span)


async def take(world: World, raw: bytes, *, account: str = "aster", **more: object) -> Imported:
    """Import a file and match what it leaves open."""
    asked = {"psp_account": account, "raw": BytesIO(raw), "seller_code": "nordic", **more}
    new = NewSettlement(**asked)  # type: ignore[arg-type] # the fields of a test
    imported = await import_settlement(world.run, Sandbox(), new)
    await match_settlement(world.run, psp_account=account)
    return imported


async def look_again(world: World, *, account: str = "aster") -> Rematched:
    """Match again, as a worker does every hour."""
    return await match_settlement(world.run, psp_account=account)


async def open_reasons(world: World) -> list[str]:
    """List why people must look at something."""
    rows = await world.rows(
        "SELECT reason FROM money_exception WHERE closed_at IS NULL ORDER BY reason"
    )
    return [reason for (reason,) in rows]


async def clearing(world: World, account: str = "aster") -> dict[str, int]:
    """Sum what stands in clearing at a merchant account, by currency; zeros are left out."""
    rows = await world.rows(
        "SELECT currency, sum(CASE WHEN debit = 'psp_clearing' THEN amount_minor"
        " ELSE -amount_minor END) AS left_minor FROM transfer"
        " WHERE dim = %s AND 'psp_clearing' IN (debit, credit) GROUP BY currency"
        " HAVING sum(CASE WHEN debit = 'psp_clearing' THEN amount_minor"
        " ELSE -amount_minor END) <> 0",
        account,
    )
    return {currency: int(amount) for currency, amount in rows}
