"""Seal what is kept under an idempotency key: whoever is erased takes the answers along."""

from ledgerline.base import crypto
from ledgerline.base.db import Tx
from ledgerline.base.ids import CustomerId, bucket_of
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.customers.model import CustomerErased
from ledgerline.flows.claim_key import Command


async def seal_answer_in(
    tx: Tx, run: Run, plain: bytes, *, command: Command, customer_id: CustomerId | None
) -> bytes:
    """Seal an answer under the data key of its customer, or the environment's when it has none.

    Called in the transaction that stores the answer: an erasure waits for it and then deletes it.
    Raises ``CustomerErased``.
    """
    key = run.keyring.kek
    if customer_id is not None:
        held = await customers.lock_customer_key(
            tx, bucket=bucket_of(customer_id), customer_id=customer_id
        )
        if held is None:
            raise CustomerErased("the customer was erased: no answer is kept")
        key = run.keyring.unwrap(held.wrapped)
    return crypto.seal(key, plain, aad=_place(command), nonce=run.random(crypto.NONCE_BYTES))


def open_answer(run: Run, sealed: bytes, *, command: Command, wrapped: bytes | None) -> bytes:
    """Open it again; ``wrapped`` is the customer's data key. Raises ``CannotDecrypt``."""
    key = run.keyring.kek if wrapped is None else run.keyring.unwrap(wrapped)
    return crypto.open_sealed(key, sealed, aad=_place(command))


def _place(command: Command) -> bytes:
    return f"idempotency:{command.principal}:{command.key}:2".encode()
