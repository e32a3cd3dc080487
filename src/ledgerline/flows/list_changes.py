"""List the plans that a subscription can move to, for a customer who chooses one."""

from ledgerline.base.calendar import local_date
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.catalog import store as catalog
from ledgerline.flows.read_terms import ask_shelf_in
from ledgerline.rules.moving import Had, Move, moves
from ledgerline.subscriptions.rows import SubscriptionView


@repeated
async def list_changes(run: Run, held: SubscriptionView) -> list[Move]:
    """Say where a subscription as it is shown can move to; nothing is written or promised.

    Called by the portal. What a move costs says ``preview_change``.
    """
    today = local_date(run.now(), held.zone)
    async with run.transaction() as tx:
        codes = [plan.code for plan in await catalog.read_plans(tx)]
        async with tx.pipeline():
            asked = await ask_shelf_in(tx, market_code=held.market_code, plan_codes=codes)
        sale = asked.open(today=today)
    had = Had(
        family=held.family,
        currency=held.currency,
        plan_code=held.plan_code,
        unit_num=held.unit_num,
        unit_den=held.unit_den,
        cadence_count=held.cadence_count,
        cadence_unit=held.cadence_unit,
    )
    return moves(had, sale.shelf)
