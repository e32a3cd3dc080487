"""Use a customer's credit before any payment method."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.flows.issue_invoices import Issues
from ledgerline.ledger import store as ledger


async def spend_credit_in(tx: Tx, groups: Sequence[Issues]) -> list[Issues]:
    """Lower credit balances by what each invoice can use and return the invoices with it.

    Inside the caller's transaction; several invoices of a customer spend one after the other. The
    balances are locked, then lowered; the database refuses a negative one.
    """
    found = await ledger.lock_credit(
        tx,
        buckets=[bucket for group in groups for bucket in group.ids["bucket"]],
        customer_ids=[one for group in groups for one in group.ids["customer_id"]],
    )
    if not found:
        return list(groups)
    balances = {
        (row.customer_id, row.seller_code, row.currency): row.balance_minor for row in found
    }
    divided = [part for group in groups for part in _divide(group, balances)]
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


def _divide(group: Issues, balances: dict[tuple[UUID, str, str], int]) -> list[Issues]:
    """Give each customer with credit a batch of their own and lower ``balances`` by what it uses.

    The others stay together.
    """
    claim = group.claim
    plain, parts = [], []
    for position, customer_id in enumerate(group.ids["customer_id"]):
        key = (customer_id, claim.seller_code, claim.line.terms.currency)
        usable = min(balances.get(key, 0), claim.line.gross_minor)
        if usable > 0:
            balances[key] -= usable
            ids = group.ids.pick([position])
            parts.append(replace(group, ids=ids, credit_used_minor=usable))
        else:
            plain.append(position)
    if plain:
        parts.append(replace(group, ids=group.ids.pick(plain)))
    return parts
