"""Use a customer's credit before any payment method."""

from collections.abc import Sequence
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket
from ledgerline.flows.issue_invoices import Issue
from ledgerline.ledger import store as ledger


async def spend_credit_in(tx: Tx, issues: Sequence[Issue]) -> list[Issue]:
    """Lower credit balances by what each invoice can use and return the invoices with it.

    Inside the caller's transaction, at most one invoice a customer. The balances are locked, then
    lowered; the database refuses a negative one.
    """
    found = await ledger.lock_credit(
        tx,
        buckets=[issue.bucket for issue in issues],
        customer_ids=[issue.customer_id for issue in issues],
    )
    if not found:
        return list(issues)
    credit = {
        (row.bucket, row.customer_id, row.seller_code, row.currency): row.balance_minor
        for row in found
    }
    spending = [(issue, _usable(issue, credit)) for issue in issues]
    used = [(issue, amount) for issue, amount in spending if amount > 0]
    await ledger.change_credit(
        tx,
        buckets=[issue.bucket for issue, _ in used],
        customer_ids=[issue.customer_id for issue, _ in used],
        seller_codes=[issue.claim.seller_code for issue, _ in used],
        currencies=[issue.claim.line.terms.currency for issue, _ in used],
        amounts_minor=[-amount for _, amount in used],
    )
    return [issue._replace(credit_used_minor=amount) for issue, amount in spending]


def _usable(issue: Issue, credit: dict[tuple[Bucket, UUID, str, str], int]) -> int:
    claim = issue.claim
    key = (issue.bucket, issue.customer_id, claim.seller_code, claim.line.terms.currency)
    return min(credit.get(key, 0), claim.line.gross_minor)
