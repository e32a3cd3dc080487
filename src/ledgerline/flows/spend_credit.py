"""Use a customer's credit before any payment method."""

from collections.abc import Sequence
from dataclasses import replace

from ledgerline.base.db import Tx
from ledgerline.flows.issue_invoices import Issues
from ledgerline.ledger import store as ledger
from ledgerline.ledger.store import CreditRow


async def spend_credit_in(tx: Tx, groups: Sequence[Issues]) -> list[Issues]:
    """Lower credit balances by what each invoice can use and return the invoices with it.

    Inside the caller's transaction, at most one invoice a customer. The balances are locked, then
    lowered; the database refuses a negative one.
    """
    found = await ledger.lock_credit(
        tx,
        buckets=[bucket for group in groups for bucket in group.ids["bucket"]],
        customer_ids=[one for group in groups for one in group.ids["customer_id"]],
    )
    if not found:
        return list(groups)
    divided = [part for group in groups for part in _divide(group, found)]
    used = [group for group in divided if group.credit_used_minor > 0]
    await ledger.change_credit(
        tx,
        buckets=[group.ids["bucket"][0] for group in used],
        customer_ids=[group.ids["customer_id"][0] for group in used],
        seller_codes=[group.claim.seller_code for group in used],
        currencies=[group.claim.line.terms.currency for group in used],
        amounts_minor=[-group.credit_used_minor for group in used],
    )
    return divided


def _divide(group: Issues, found: Sequence[CreditRow]) -> list[Issues]:
    """Give each customer with credit a batch of their own; the others stay together."""
    claim = group.claim
    balances = {
        row.customer_id: row.balance_minor
        for row in found
        if (row.seller_code, row.currency) == (claim.seller_code, claim.line.terms.currency)
    }
    plain, parts = [], []
    for position, customer_id in enumerate(group.ids["customer_id"]):
        usable = min(balances.get(customer_id, 0), claim.line.gross_minor)
        if usable > 0:
            ids = group.ids.pick([position])
            parts.append(replace(group, ids=ids, credit_used_minor=usable))
        else:
            plain.append(position)
    if plain:
        parts.append(replace(group, ids=group.ids.pick(plain)))
    return parts
