"""Record what was told of a mandate: where it stands, and what follows for what it pays."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import MandateId
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.add_instrument import NewInstrument, instrument_row, token_key
from ledgerline.flows.claim_global_keys import claim_global_keys_in
from ledgerline.flows.record_events import NewEvent, record_events_in
from ledgerline.outbox.model import EventKind
from ledgerline.payments import mandates, plans, routes
from ledgerline.payments import store as payments
from ledgerline.payments.debits import (
    ENDED,
    MandateEvent,
    MandateReading,
    MandateSource,
    MandateState,
)
from ledgerline.payments.rows.mandates import (
    MandateFactRow,
    MandateRow,
    MandateStepRow,
    NamedMandateRow,
    NewMandateRow,
    WaitingRow,
)
from ledgerline.payments.rules.debit_notices import rule_of
from ledgerline.payments.rules.mandates import (
    Standing,
    lapses_on,
    next_look,
    rank_of,
    standing,
)

_TOLD: Final = {
    MandateState.ACTIVE: EventKind.MANDATE_ACTIVE,
    MandateState.PAUSED: EventKind.MANDATE_PAUSED,
    MandateState.FAILED: EventKind.MANDATE_FAILED,
    MandateState.CANCELED: EventKind.MANDATE_CANCELED,
    MandateState.EXPIRED: EventKind.MANDATE_EXPIRED,
    MandateState.REPLACED: EventKind.MANDATE_REPLACED,
}
"""What is told when a mandate comes to stand so; that it waits for its banks is told nobody."""


class Fact(NamedTuple):
    """Something that happened to a mandate; ``key`` makes a repeat nothing new.

    ``reading`` is what a look found.
    """

    key: str
    event: MandateEvent
    source: MandateSource
    occurred_at: datetime
    cause: str | None = None
    replaced_by: str | None = None
    reading: MandateReading | None = None


@repeated
async def record_mandate(run: Run, named: NamedMandateRow, fact: Fact) -> MandateState:
    """Keep a fact and stand where all facts of the mandate lead; return that state.

    Called by webhooks, looks and the clock. Facts may come in any order and more than once: the
    state is that of their own order. One that ends the mandate has what a machine would try by it
    tried now: nothing is sent, its payer is asked, and what was sent before goes on. One that is
    replaced hands its method on. Where a look found nothing new, only its reading is kept.
    """
    async with run.transaction() as tx:
        return await record_mandate_in(tx, run, named, fact)


async def record_mandate_in(tx: Tx, run: Run, named: NamedMandateRow, fact: Fact) -> MandateState:
    """Do the same in the transaction of a caller who holds no lock below those of payments."""
    now = run.now()
    waiting = await mandates.lock_waiting_payments(
        tx, bucket=named.bucket, payment_method_id=named.payment_method_id
    )
    [row] = await mandates.lock_mandates(tx, buckets=[named.bucket], ids=[named.id])
    facts = await mandates.read_facts(tx, bucket=row.bucket, mandate_id=row.id)
    found = standing(facts)
    is_known = any(one.fact_key == fact.key for one in facts)
    if not is_known and not _says_nothing(found, fact):
        added = _fact(row, fact, no=row.fact_no + 1, now=now)
        await mandates.add_facts(tx, [added])
        row = row._replace(fact_no=added.no)
        found = standing([*facts, added])
    before = MandateState(row.state)
    row = await _stand(tx, row, found, fact, now=now)
    if before is not found.state:
        row = await _tell(tx, run, row, now=now)
    await mandates.step_mandate(tx, _step(row))
    if found.state is MandateState.REPLACED and before is not found.state:
        await _hand_on(tx, run, row, now=now)
    elif before not in ENDED and found.is_ended and waiting:
        await _refuse_waiting(tx, waiting, now=now)
    return found.state


def _says_nothing(found: Standing, fact: Fact) -> bool:
    """Say whether a look found what is known: looks are many, and only news are facts."""
    if fact.source is not MandateSource.LOOK:
        return False
    return fact.event == f"seen_{found.state}"


def _fact(row: MandateRow, fact: Fact, *, no: int, now: datetime) -> MandateFactRow:
    return MandateFactRow(
        bucket=row.bucket,
        mandate_id=row.id,
        no=no,
        fact_key=fact.key,
        event=fact.event,
        rank=rank_of(fact.event),
        source=fact.source,
        cause=fact.cause,
        replaced_by=fact.replaced_by,
        occurred_at=fact.occurred_at,
        recorded_at=now,
    )


async def _stand(
    tx: Tx, row: MandateRow, found: Standing, fact: Fact, *, now: datetime
) -> MandateRow:
    """Return the mandate as its facts say, and when it is looked at next.

    What a webhook told is looked at (rule T11), as soon as the inbox is through.
    """
    reading = fact.reading
    if reading is not None:
        row = row._replace(
            scheme=reading.scheme or row.scheme, reference=reading.reference or row.reference
        )
    lapses = row.lapses_on
    if lapses is None and row.scheme is not None:
        since = (row.accepted_at or row.created_at).astimezone(UTC).date()
        rule = rule_of(await mandates.read_scheme_rules(tx), row.scheme, on=now.date())
        lapses = lapses_on(rule, since=since)
    is_told = fact.source is MandateSource.WEBHOOK and found.state is not MandateState.REPLACED
    look_at = now if is_told else next_look(found.state, lapses, answered=True, now=now)
    return row._replace(
        state=found.state,
        state_before=found.before,
        state_event=found.event,
        replaced_by=found.replaced_by,
        lapses_on=lapses,
        look_at=look_at,
    )


async def _tell(tx: Tx, run: Run, row: MandateRow, *, now: datetime) -> MandateRow:
    kind = _TOLD.get(MandateState(row.state))
    if kind is None:
        return row
    event = NewEvent(
        bucket=row.bucket,
        aggregate_id=row.id,
        seq=row.event_seq + 1,
        kind=kind,
        customer_id=row.customer_id,
        occurred_at=now,
        body={
            "payment_method": str(row.payment_method_id),
            "scheme": row.scheme,
            "reference": row.reference,
        },
    )
    await record_events_in(tx, run, [event])
    return row._replace(event_seq=row.event_seq + 1)


def _step(row: MandateRow) -> MandateStepRow:
    return MandateStepRow(
        bucket=row.bucket,
        id=row.id,
        scheme=row.scheme,
        reference=row.reference,
        state=row.state,
        state_before=row.state_before,
        state_event=row.state_event,
        replaced_by=row.replaced_by,
        lapses_on=row.lapses_on,
        look_at=row.look_at,
        fact_no=row.fact_no,
        event_seq=row.event_seq,
    )


async def _refuse_waiting(tx: Tx, waiting: Sequence[WaitingRow], *, now: datetime) -> None:
    """Have what waits for its slot tried now; its plan notes that this is the payer's doing.

    The next batch of ``collect_due`` finds the mandate ended and sends nothing.
    """
    ids = [one.id for one in waiting]
    await mandates.try_now(tx, buckets=[one.bucket for one in waiting], ids=ids, now=now)
    for bucket, subscription_id in sorted({(one.bucket, one.subscription_id) for one in waiting}):
        await plans.ask_now(tx, bucket=bucket, subscription_id=subscription_id, now=now)


async def _hand_on(tx: Tx, run: Run, row: MandateRow, *, now: datetime) -> None:
    """Let the method be debited by what stands for its mandate; one that was detached has nothing.

    What its payer accepted holds for the new one, whose state and reference are looked at.
    """
    assert row.replaced_by is not None, row.id
    [*charged] = await routes.read_instruments(
        tx, buckets=[row.bucket], ids=[row.payment_method_id]
    )
    at = next((one for one in charged if one.psp_token == row.psp_token), None)
    if at is None or at.psp_account != row.psp_account:
        return
    [method] = await payments.read_payment_methods(
        tx, buckets=[row.bucket], ids=[row.payment_method_id]
    )
    new = NewInstrument(psp_account=row.psp_account, psp_token=row.replaced_by, last4=method.last4)
    await claim_global_keys_in(tx, [token_key(new, row.customer_id)])
    await mandates.retire_instrument(
        tx,
        bucket=row.bucket,
        payment_method_id=row.payment_method_id,
        psp_account=row.psp_account,
        psp_token=row.psp_token,
    )
    await payments.add_instrument(tx, instrument_row(run, new, row.payment_method_id, no=at.no))
    await mandates.add_mandate(
        tx,
        NewMandateRow(
            bucket=row.bucket,
            id=MandateId(run.new_id(row.bucket)),
            customer_id=row.customer_id,
            payment_method_id=row.payment_method_id,
            psp_account=row.psp_account,
            psp_token=row.replaced_by,
            scheme=row.scheme,
            reference=None,
            notice_days=row.notice_days,
            text_version=row.text_version,
            accepted_at=row.accepted_at,
            ip_hash=row.ip_hash,
            look_at=now,
            created_at=now,
        ),
    )
