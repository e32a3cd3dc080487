"""What goes wrong in a demo on purpose, at the provider and behind our back."""

from typing import Final, NamedTuple

from ledgerline.base.run import Run
from ledgerline.base.statements import statements
from ledgerline.cli.simulator import Shop

ACCOUNT: Final = "aster"
"""Where it happens: an account of the simulator's own dialect."""
_SQL: Final = statements(__name__)


class ChargeRow(NamedTuple):
    """A charge at the account: what it was called there, and what we called it."""

    reference: str
    psp_ref: str
    currency: str
    amount_minor: int


async def refund_by_hand(run: Run, shop: Shop) -> None:
    """Give the newest charge back in the provider's dashboard, where nobody tells us.

    Only the settlement file knows of it: a line that is nothing of ours.
    """
    charge = await _charge(run, "refundable")
    if charge is not None:
        order = {
            "reference": "by-hand",
            "charge": charge.psp_ref,
            "amount": charge.amount_minor,
            "currency": charge.currency,
        }
        await shop.post(ACCOUNT, "refunds", key="by hand", json=order)


async def take_late(run: Run, shop: Shop) -> None:
    """Let the provider execute what it had refused, after we have given the payment up.

    The settlement file proves it, and what nobody owes any more goes back to the payer.
    """
    charge = await _charge(run, "given_up")
    if charge is not None:
        order = {
            "reference": charge.reference,
            "amount": charge.amount_minor,
            "currency": charge.currency,
            "payment_token": "tok_ok_late",
            "initiator": "merchant",
            "description": "executed late",
        }
        await shop.post(ACCOUNT, "charges", key="executed late", json=order)


async def _charge(run: Run, name: str) -> ChargeRow | None:
    async with run.reading() as read:
        return await read.row(_SQL[name], ChargeRow, psp_account=ACCOUNT)
