"""Take an order at a checkout page: keep the card that its provider's fields gave, and buy.

Or buy by a card of the customer that is known already.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Final

from ledgerline.base.ids import PaymentMethodId
from ledgerline.base.run import Run
from ledgerline.flows.add_payment_method import NewPaymentMethod, add_payment_method
from ledgerline.flows.claim_key import Command
from ledgerline.flows.start_purchase import Checkout, Purchased, start_purchase
from ledgerline.payments.model import Psps
from ledgerline.purchases.rows import CheckoutView
from ledgerline.rules.checkout import order_of
from ledgerline.subscriptions.model import Accepted, Attached

PRINCIPAL: Final = "checkout"


@dataclass(frozen=True, slots=True, kw_only=True)
class CardGiven:
    """What the provider's fields gave for a card."""

    psp_account: str
    psp_token: str
    brand: str
    last4: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """An order as its buyer placed it.

    ``number`` counts the tries of the session from 1: it is part of the idempotency key, so that
    whatever a browser repeats is one purchase. ``expect`` is the fingerprint of the quote they saw.
    ``card`` is one that they entered, or one of theirs that they chose. ``agreed`` are the texts
    that they were shown and confirmed.
    """

    number: int
    expect: bytes
    card: CardGiven | PaymentMethodId
    return_url: str
    agreed: tuple[Accepted, ...] = ()


async def pay_checkout(run: Run, psps: Psps, session: CheckoutView, placed: Placed) -> Purchased:
    """Buy what a session is for; a repeat of the same try finds the first purchase.

    Called by the checkout page. A repeat may bring another card: that one is kept, and only the
    first is charged. Raises ``CheckoutClosed``, ``PreviewStale`` and what ``add_payment_method``
    and ``start_purchase`` raise.
    """
    card = placed.card
    method_id = await _kept(run, session, card) if isinstance(card, CardGiven) else card
    return await start_purchase(
        run,
        psps,
        replace(order_of(session), attached=Attached(agreements=placed.agreed, channel=PRINCIPAL)),
        payment_method_id=method_id,
        command=_command(f"{session.id}:order:{placed.number}"),
        checkout=Checkout(placed.expect, placed.return_url, session.id, placed.number),
    )


async def _kept(run: Run, session: CheckoutView, card: CardGiven) -> PaymentMethodId:
    new = NewPaymentMethod(
        customer_id=session.customer_id,
        psp_account=card.psp_account,
        psp_token=card.psp_token,
        brand=card.brand,
        last4=card.last4,
    )
    command = _command(f"{session.id}:card:{_digest(card)}")
    return await add_payment_method(run, new, command=command)


def _command(key: str) -> Command:
    """Make a key; whatever else a repeat may say changes nothing."""
    return Command(PRINCIPAL, key, hashlib.sha256(key.encode()).digest())


def _digest(card: CardGiven) -> str:
    return hashlib.sha256(f"{card.psp_account}\0{card.psp_token}".encode()).hexdigest()
