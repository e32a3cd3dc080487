"""Settle a set-up with what a provider said: the only way a set-up ends."""

from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

from ledgerline.access.model import PaymentTokenTaken
from ledgerline.base import crypto
from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, PaymentMethodId, SetupId
from ledgerline.base.money import Currency
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.customers import store as customers
from ledgerline.flows.bear_own_failures import open_account_exceptions_in
from ledgerline.flows.keep_set_up import keep_set_up_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import setting_up
from ledgerline.payments.authentication import Authentication
from ledgerline.payments.model import DeclineCategory, Reading
from ledgerline.payments.refusals import SetupNotFound
from ledgerline.payments.rows.setups import (
    SetupEndRow,
    SetupLookRow,
    SetupMoveRow,
    SetupRow,
)
from ledgerline.payments.rules.lifecycle import SETUP
from ledgerline.payments.rules.setting_up import (
    End,
    Keep,
    SetupFacts,
    SetupVerdict,
    StillAsks,
    setup_verdict,
)
from ledgerline.payments.rules.settlement import AskPayer, Ignore, LookAgain, explained
from ledgerline.payments.setups import SentSetup, SetupEvent, SetupState

_ENDS: Final = {
    SetupState.SUCCEEDED: SetupEvent.CONFIRMED,
    SetupState.FAILED: SetupEvent.DECLINED,
    SetupState.NOT_EXECUTED: SetupEvent.PROVEN_ABSENT,
}
_TOLD: Final = {
    SetupState.SUCCEEDED: EventKind.SETUP_SUCCEEDED,
    SetupState.FAILED: EventKind.SETUP_FAILED,
    SetupState.NOT_EXECUTED: EventKind.SETUP_NOT_EXECUTED,
}
_STATUSES: Final = frozenset("YANURCI")  # transStatus of EMV 3-D Secure 2
TOKEN_TAKEN: Final = "token_taken"  # noqa: S105 - why it failed


@repeated
async def settle_setup(
    run: Run, *, bucket: Bucket, setup_id: SetupId, reading: Reading
) -> SetupVerdict:
    """Apply a reading to a set-up in one transaction; one that has ended stays as it is.

    Called by the synchronous answer, webhooks, the resolver and whoever confirms or cancels it. A
    success adds the payment method in the same transaction, or finds it, so that there is never
    one without the other. Raises ``SetupNotFound``.
    """
    now = run.now()
    async with run.transaction() as tx:
        seen = await setting_up.read_setup(tx, bucket=bucket, id=setup_id)
        if seen is None:
            raise SetupNotFound("there is no such set-up")
        # whoever erases the customer, or adds a method, holds it as well
        await customers.lock_customers(tx, buckets=[bucket], ids=[seen.customer_id])
        held = await setting_up.lock_setup(tx, bucket=bucket, id=setup_id)
        assert held is not None, setup_id
        reading = explained(reading, asks_payer=held.return_url is not None, psp_ref=held.psp_ref)
        verdict = setup_verdict(_facts(held), reading, now=now)
        await _apply(tx, run, held, verdict=verdict, reading=reading)
        if reading.category is DeclineCategory.MERCHANT_CONFIG:
            await open_account_exceptions_in(tx, {held.psp_account: reading}, now=now)
    return verdict


async def _apply(
    tx: Tx, run: Run, held: SetupRow, *, verdict: SetupVerdict, reading: Reading
) -> None:
    match verdict:
        case Keep():
            await _keep(tx, run, held, kept=verdict, reading=reading)
        case End():
            await _end(tx, run, held, _Over(verdict.state, reading))
        case LookAgain():
            await setting_up.move_setup(tx, _moved(held, verdict, reading, now=run.now()))
        case AskPayer():
            await _ask(tx, run, held, asked=verdict, reading=reading)
        case StillAsks():
            look = SetupLookRow(held.bucket, held.id, verdict.at)
            await setting_up.look_at_setup(tx, look)
        case Ignore():
            pass


def setup_as_sent(run: Run, row: SetupRow) -> SentSetup:
    """Return what was sent for a set-up; raises ``CannotDecrypt``."""
    data = None
    if row.data_sealed is not None:
        data = crypto.open_sealed(run.keyring.kek, row.data_sealed, aad=data_place(row.id)).decode()
    return SentSetup(
        bucket=row.bucket,
        setup_id=row.id,
        psp_account=row.psp_account,
        currency=Currency(row.currency),
        psp_token=row.psp_token,
        payment_data=data,
        request_digest=row.request_digest,
        psp_ref=row.psp_ref,
        return_url=row.return_url,
        challenge=row.challenge,
        decided=run.moment(),
    )


def open_setup_action(run: Run, setup_id: SetupId, sealed: bytes) -> str:
    """Return the address that the payer of a set-up has to open; raises ``CannotDecrypt``."""
    return crypto.open_sealed(run.keyring.kek, sealed, aad=_action_place(setup_id)).decode()


def data_place(setup_id: SetupId) -> bytes:
    """Say what sealed payment data is bound to."""
    return f"payment_setup:{setup_id}:data".encode()


def _action_place(setup_id: SetupId) -> bytes:
    return f"payment_setup:{setup_id}:action".encode()


def _facts(row: SetupRow) -> SetupFacts:
    may_act = row.return_url is not None and row.canceled_at is None
    return SetupFacts(
        state=SetupState(row.state),
        looks=row.looks,
        token=row.psp_token,
        brand=row.brand,
        last4=row.last4,
        act_until=row.expires_at if may_act else None,
    )


async def _keep(tx: Tx, run: Run, row: SetupRow, *, kept: Keep, reading: Reading) -> None:
    """Add the method; a token that is another customer's ends the set-up as failed."""
    try:
        method_id = await keep_set_up_in(tx, run, row, kept=kept, reading=reading)
    except PaymentTokenTaken:
        taken = replace(reading, code=TOKEN_TAKEN, category=DeclineCategory.CREDENTIAL_REFERENCE)
        await _end(tx, run, row, _Over(SetupState.FAILED, taken))
        return
    await _end(tx, run, row, _Over(SetupState.SUCCEEDED, reading, method_id))


class _Over(NamedTuple):
    """How a set-up ends; ``method_id`` is the method that it added or found."""

    state: SetupState
    reading: Reading
    method_id: PaymentMethodId | None = None


async def _end(tx: Tx, run: Run, row: SetupRow, over: _Over) -> None:
    """End it for good, and tell of it."""
    state, reading = over.state, over.reading
    before, event, now = SetupState(row.state), _ENDS[state], run.now()
    assert SETUP.after(before, event) is state, (row, state)
    how = reading.authentication or Authentication()
    await setting_up.end_setup(
        tx,
        SetupEndRow(
            bucket=row.bucket,
            id=row.id,
            state_before=before,
            state_event=event,
            state=state,
            ended_at=now,
            evidence=reading.kind,
            category=reading.category,
            psp_code=reading.code,
            psp_ref=reading.psp_ref,
            payment_method_id=over.method_id,
            three_ds_version=how.version,
            three_ds_challenged=how.challenged,
            three_ds_status=how.status if how.status in _STATUSES else None,
            three_ds_eci=how.eci,
            three_ds_transaction_id=how.transaction_id,
            liability_shifted=how.liability_shifted,
            event_seq=row.event_seq + 1,
        ),
    )
    await _tell(tx, run, row, _TOLD[state])


async def _ask(tx: Tx, run: Run, row: SetupRow, *, asked: AskPayer, reading: Reading) -> None:
    """Keep where the payer has to go, sealed, until the set-up ends; tell of it once."""
    before = SetupState(row.state)
    after = SETUP.after(before, SetupEvent.ACTION_ASKED)
    assert after is SetupState.REQUIRES_ACTION, row
    is_fresh = before is not after
    move = SetupMoveRow(
        bucket=row.bucket,
        id=row.id,
        state_before=before,
        state_event=SetupEvent.ACTION_ASKED,
        state=after,
        resolve_at=asked.at,
        unknown_since=None,
        psp_ref=reading.psp_ref,
        action_sealed=crypto.seal(
            run.keyring.kek,
            asked.action.url.encode(),
            aad=_action_place(row.id),
            nonce=run.random(crypto.NONCE_BYTES),
        ),
        action_expires_at=asked.action.expires_at,
        event_seq=row.event_seq + is_fresh,
    )
    await setting_up.move_setup(tx, move)
    if is_fresh:
        await _tell(tx, run, row, EventKind.SETUP_ACTION_REQUIRED)


def _moved(row: SetupRow, look: LookAgain, reading: Reading, *, now: datetime) -> SetupMoveRow:
    """Say that nothing is proven: the answer was lost, or the provider waits for a bank."""
    before = SetupState(row.state)
    event = SetupEvent.ANSWER_LOST if look.unknown else SetupEvent.PENDING
    return SetupMoveRow(
        bucket=row.bucket,
        id=row.id,
        state_before=before,
        state_event=event,
        state=SETUP.after(before, event),
        resolve_at=look.at,
        unknown_since=now if look.unknown else None,
        psp_ref=reading.psp_ref,
        action_sealed=None,
        action_expires_at=None,
        event_seq=row.event_seq,
    )


async def _tell(tx: Tx, run: Run, row: SetupRow, kind: EventKind) -> None:
    event = NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=kind,
        customer_id=row.customer_id,
        occurred_at=run.now(),
    )
    await record_events_in(tx, run, [event])
