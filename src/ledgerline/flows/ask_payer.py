"""Ask payers to act before their charges are executed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.base import crypto
from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId
from ledgerline.base.run import Run
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import payer
from ledgerline.payments.authentication import Authentication
from ledgerline.payments.model import AttemptEvent, AttemptState
from ledgerline.payments.rows.attempts import ActingRow, AttemptRow, AuthenticationRow
from ledgerline.payments.rows.payments import CountedRow, PaymentRow
from ledgerline.payments.rules.lifecycle import ATTEMPT
from ledgerline.payments.rules.settlement import AskPayer

_STATUSES: Final = frozenset("YANURCI")  # transStatus of EMV 3-D Secure 2


class Acting(NamedTuple):
    """An attempt and its payment, under lock, and what their payer has to do."""

    attempt: AttemptRow
    payment: PaymentRow
    asked: AskPayer
    psp_ref: str | None


async def ask_payer_in(tx: Tx, run: Run, acting: Sequence[Acting], *, now: datetime) -> None:
    """Keep what payers have to do, sealed, until their attempts end; tell of it once.

    Called by ``settle_attempt``. The attempt stays live: nothing else of its payment is tried.
    """
    if not acting:
        return
    await payer.mark_acting(tx, [_row(run, one) for one in acting])
    fresh = [one for one in acting if one.attempt.state != AttemptState.REQUIRES_ACTION]
    await payer.count_events(tx, [CountedRow(one.payment.bucket, one.payment.id) for one in fresh])
    await record_events_in(
        tx,
        run,
        [
            NewEvent(
                bucket=one.payment.bucket,
                aggregate_id=one.payment.id,
                seq=one.payment.event_seq + 1,
                kind=EventKind.PAYMENT_ACTION_REQUIRED,
                customer_id=one.payment.customer_id,
                occurred_at=now,
            )
            for one in fresh
        ],
    )


async def keep_authentications_in(
    tx: Tx, told: Sequence[tuple[AttemptRow, Authentication]], *, now: datetime
) -> None:
    """Keep how the payers of attempts that end now were authenticated, where it was told.

    A word that is not of the protocol is left out: it says nothing about the money.
    """
    if not told:
        return
    await payer.add_authentications(
        tx,
        [
            AuthenticationRow(
                bucket=attempt.bucket,
                attempt_id=attempt.id,
                version=how.version,
                challenged=how.challenged,
                status=how.status if how.status in _STATUSES else None,
                eci=how.eci,
                transaction_id=how.transaction_id,
                liability_shifted=how.liability_shifted,
                recorded_at=now,
            )
            for attempt, how in told
        ],
    )


def open_action(run: Run, attempt_id: AttemptId, sealed: bytes) -> str:
    """Return the address that the payer of an attempt has to open; raises ``CannotDecrypt``."""
    return crypto.open_sealed(run.keyring.kek, sealed, aad=_place(attempt_id)).decode()


def _row(run: Run, one: Acting) -> ActingRow:
    attempt, action = one.attempt, one.asked.action
    state = AttemptState(attempt.state)
    assert ATTEMPT.after(state, AttemptEvent.ACTION_ASKED) is AttemptState.REQUIRES_ACTION, attempt
    assert action.expires_at is not None, action
    return ActingRow(
        bucket=attempt.bucket,
        id=attempt.id,
        state=attempt.state,
        resolve_at=one.asked.at,
        psp_ref=one.psp_ref,
        action_sealed=crypto.seal(
            run.keyring.kek,
            action.url.encode(),
            aad=_place(attempt.id),
            nonce=run.random(crypto.NONCE_BYTES),
        ),
        action_expires_at=action.expires_at,
    )


def _place(attempt_id: AttemptId) -> bytes:
    return f"attempt:{attempt_id}:action".encode()
