"""Load routing rules: which merchant account a charge goes to."""

import msgspec

from ledgerline.base.run import Run
from ledgerline.flows.read_routing import policy_of
from ledgerline.payments import routes
from ledgerline.payments.rows.routing import PolicyRow
from ledgerline.payments.rules.routing import Policy
from ledgerline.payments.rules.routing_analysis import analyse, refuse_findings


async def load_routing(run: Run, new: Policy, *, dry_run: bool = False) -> tuple[Policy, Policy]:
    """Let rules hold from now on, in every process; return those that held and those that do.

    Called by ``ledgerline pay rules``. Rules that already hold are not loaded again, so repeating
    it is safe. Raises ``RoutingRefused`` with every finding, and then changes nothing, as with
    ``dry_run``.
    """
    async with run.transaction() as tx:
        accounts = await routes.lock_accounts(tx)
        refuse_findings(analyse(new, {row.code: row.status for row in accounts}))
        held = policy_of(await routes.read_policy(tx))
        if same(held, new):
            return held, held
        row = PolicyRow(held.version + 1, body_of(new), run.now())
        if not dry_run:
            await routes.add_policy(tx, row)
    return held, policy_of([row])


def same(held: Policy, new: Policy) -> bool:
    """Say whether two policies say the same, whatever their versions."""
    return body_of(held) == body_of(new)


def body_of(policy: Policy) -> str:
    """Return a policy as it is stored: JSON, without the version, which stands beside it."""
    plain = msgspec.to_builtins(policy, order="deterministic")
    del plain["version"]
    return msgspec.json.encode(plain, order="deterministic").decode()
