"""Say how much a role may give back at once."""

from ledgerline.access import store as access
from ledgerline.access.model import Act, Role
from ledgerline.access.rows import AmountLimitRow
from ledgerline.base.money import Money
from ledgerline.base.run import Run
from ledgerline.flows.audit_act import audit_act_in


async def set_amount_limit(run: Run, role: Role, limit: Money, *, by: str, route: str) -> None:
    """Set the limit of a role in one currency; it holds from the next refund on."""
    row = AmountLimitRow(role=role, currency=str(limit.currency), limit_minor=limit.minor)
    async with run.transaction() as tx:
        before = [
            one.limit_minor
            for one in await access.read_amount_limits(tx)
            if (one.role, one.currency) == (row.role, row.currency)
        ]
        await access.set_amount_limit(tx, row)
        said = {"role": row.role, "currency": row.currency}
        act = Act(
            actor=by,
            name="limit_set",
            route=route,
            before={**said, "limit": before[0]} if before else said,
            after={**said, "limit": row.limit_minor},
        )
        await audit_act_in(tx, run, act)
