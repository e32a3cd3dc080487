"""Disputes: what payers and banks take back, and how it is answered."""

import asyncio
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct
from msgspec.structs import replace

from ledgerline.api import lists
from ledgerline.api.documents import PDF
from ledgerline.api.operations import Answer, Call, Keyed, Operation, read_id
from ledgerline.api.shapes import (
    LIMIT_DEFAULT,
    CursorText,
    Limit,
    Money,
    Page,
    money,
    utc,
    utc_or_none,
)
from ledgerline.base.ids import PREFIXES, DisputeId, bucket_of, encode
from ledgerline.documents.evidence import render_evidence
from ledgerline.flows.accept_dispute import Acceptance, accept_dispute, preview_acceptance
from ledgerline.flows.read_evidence import read_evidence
from ledgerline.flows.send_evidence import (
    EvidenceOrder,
    EvidencePlan,
    preview_evidence,
    send_evidence,
)
from ledgerline.flows.submit_evidence import Submission, preview_submission, submit_evidence
from ledgerline.payments import views
from ledgerline.payments.disputes import DisputeState
from ledgerline.payments.refusals import DisputeNotFound
from ledgerline.payments.rows.defences import DefenceView
from ledgerline.payments.rows.disputes import DisputeFactView, DisputesAsked, DisputeView
from ledgerline.payments.rules.disputing import ANSWERABLE, answer_by

DefenceText = Annotated[str, Meta(min_length=1, max_length=200)]
NoteText = Annotated[str, Meta(min_length=1, max_length=500)]


class DisputesQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which disputes; ``status`` takes several, separated by commas."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    payment: str | None = None
    status: str | None = None


class DisputeAnswerBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was decided, or sent to the provider, in words."""

    note: NoteText
    validate_only: bool = False


class SendEvidenceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which of the provider's reasons evidence is sent, where it wants one to be named."""

    defence: DefenceText | None = None


class DisputeEvidenceQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For which reason it would be sent."""

    defence: DefenceText | None = None


class DisputeEvidence(Struct, frozen=True, kw_only=True):
    """What was sent to the provider of a dispute; ``sha256`` is that of the pack."""

    id: str
    status: str
    stage: str
    defence: str | None
    provider_code: str | None
    sha256: str
    sent_by: str
    sent: datetime
    ended: datetime | None


class DisputeEvidencePreview(Struct, frozen=True, kw_only=True):
    """What would be sent, and where; ``defences`` are the reasons that could be named."""

    object: str = "evidence_preview"
    dispute: str
    psp_account: str
    provider_reference: str
    defence: str | None
    defences: list[str]
    bytes: int
    sha256: str
    due_by: datetime | None


class DisputeFact(Struct, frozen=True, kw_only=True):
    """What was told of a dispute or done about it; ``taken`` left the provider, ``given`` is back.

    One that is not ``applied`` was older than what was known, or contradicts it.
    """

    event: str
    source: str
    applied: bool
    taken: Money
    given: Money
    occurred: datetime | None
    recorded: datetime
    note: str


class Dispute(Struct, frozen=True, kw_only=True):
    """What a payer or bank takes back of a charge; what happened to it only where one is asked for.

    ``answer_by`` is our own deadline, a day before the provider's ``due_by``. ``over`` is what had
    gone back before, ``set_off`` what a refund had given that came back, ``owed_again`` what the
    invoice claims once more.
    """

    id: str
    object: str = "dispute"
    livemode: bool
    status: str
    kind: str
    stage: str
    reason: str
    provider_code: str | None
    provider_reference: str | None
    psp_account: str
    customer: str
    payment: str
    invoice: str
    total: Money
    over: Money
    set_off: Money
    owed_again: Money
    due_by: datetime | None
    answer_by: datetime | None
    created: datetime
    facts: list[DisputeFact] | None = None
    evidence: list[DisputeEvidence] | None = None


async def get(call: Call) -> Answer:
    """Read one dispute with what was told of it."""
    return Answer(200, await _show(call, call.id("dispute")))


async def list_(call: Call) -> Answer:
    """List disputes, of a payment or of all."""
    query: DisputesQuery = call.query
    payment_id = None if query.payment is None else read_id("payment", query.payment)
    asked = DisputesAsked(
        before=lists.before(call),
        bucket=None if payment_id is None else bucket_of(payment_id),
        payment_id=payment_id,
        states=None,
        limit=query.limit + 1,
    )
    states = lists.states(query.status, DisputeState)
    async with call.run.reading() as read:
        rows = await lists.each(
            lists.singly(states),
            lambda some: views.disputes(read, asked._replace(states=some)),
            limit=asked.limit,
        )
    return lists.page(call, rows, shape=lambda row: _shape(call, row, None))


async def print_(call: Call) -> Answer:
    """Print the pack of evidence."""
    pack = await read_evidence(call.run, DisputeId(call.id("dispute")))
    return Answer(200, await asyncio.to_thread(render_evidence, pack), media_type=PDF)


async def accept(call: Call) -> Answer:
    """Note that a dispute is not contested, and book its loss."""
    body: DisputeAnswerBody = call.body
    order = Acceptance(DisputeId(call.id("dispute")), "api", body.note)
    if body.validate_only:
        row = await preview_acceptance(call.run, order)
        return Answer(200, await _show(call, order.dispute_id, status=row.state))
    await accept_dispute(call.run, order)
    return Answer(200, await _show(call, order.dispute_id))


async def send(call: Call) -> Answer:
    """Send the pack of evidence to the provider."""
    body: SendEvidenceBody = call.body
    order = EvidenceOrder(DisputeId(call.id("dispute")), "api", body.defence)
    await send_evidence(call.run, call.psps, order)
    return Answer(200, await _show(call, order.dispute_id))


async def look(call: Call) -> Answer:
    """Say what would be sent to the provider now, or why nothing can be."""
    query: DisputeEvidenceQuery = call.query
    order = EvidenceOrder(DisputeId(call.id("dispute")), "api", query.defence)
    return Answer(200, _plan(order.dispute_id, await preview_evidence(call.run, call.psps, order)))


async def submit(call: Call) -> Answer:
    """Note that evidence was sent to the provider."""
    body: DisputeAnswerBody = call.body
    order = Submission(DisputeId(call.id("dispute")), "api", body.note)
    if body.validate_only:
        row = await preview_submission(call.run, order)
        return Answer(200, await _show(call, order.dispute_id, status=row.state))
    await submit_evidence(call.run, order)
    return Answer(200, await _show(call, order.dispute_id))


async def _show(call: Call, dispute_id: UUID, *, status: str | None = None) -> Dispute:
    """Show a dispute with its facts; with the ``status`` that a preview found, if there is one."""
    bucket = bucket_of(dispute_id)
    async with call.run.reading() as read:
        row = await views.dispute(read, bucket=bucket, id=dispute_id)
        facts = await views.dispute_facts(read, bucket=bucket, dispute_id=dispute_id)
        sent = await views.dispute_evidence(read, bucket=bucket, dispute_id=dispute_id)
    if row is None:
        raise DisputeNotFound("there is no such dispute")
    shown = row if status is None else row._replace(state=status)
    shape = _shape(call, shown, [_fact(one, row.currency) for one in facts])
    return replace(shape, evidence=[_evidence(one) for one in sent])


def _evidence(row: DefenceView) -> DisputeEvidence:
    return DisputeEvidence(
        id=encode(PREFIXES["dispute_evidence"], row.id),
        status=row.state,
        stage=row.stage,
        defence=row.defence,
        provider_code=row.psp_code,
        sha256=row.pack_hash.hex(),
        sent_by=row.sent_by,
        sent=utc(row.sent_at),
        ended=utc_or_none(row.ended_at),
    )


def _plan(dispute_id: UUID, plan: EvidencePlan) -> DisputeEvidencePreview:
    return DisputeEvidencePreview(
        dispute=encode(PREFIXES["dispute"], dispute_id),
        psp_account=plan.psp_account,
        provider_reference=plan.dispute_ref,
        defence=plan.defence,
        defences=list(plan.defences),
        bytes=plan.bytes,
        sha256=plan.sha256,
        due_by=utc_or_none(plan.due_by),
    )


def _shape(call: Call, row: DisputeView, facts: list[DisputeFact] | None) -> Dispute:
    waits = row.state in ANSWERABLE and row.due_by is not None
    return Dispute(
        id=encode(PREFIXES["dispute"], row.id),
        livemode=call.livemode,
        status=row.state,
        kind=row.kind,
        stage=row.stage,
        reason=row.reason,
        provider_code=row.reason_code,
        provider_reference=row.psp_ref,
        psp_account=row.psp_account,
        customer=encode(PREFIXES["customer"], row.customer_id),
        payment=encode(PREFIXES["payment"], row.payment_id),
        invoice=encode(PREFIXES["invoice"], row.invoice_id),
        total=money(row.amount_minor, row.currency),
        over=money(row.over_minor, row.currency),
        set_off=money(row.offset_minor, row.currency),
        owed_again=money(row.reopened_minor, row.currency),
        due_by=utc_or_none(row.due_by),
        answer_by=utc(answer_by(row.due_by)) if waits and row.due_by is not None else None,
        created=utc(row.opened_at),
        facts=facts,
    )


def _fact(row: DisputeFactView, currency: str) -> DisputeFact:
    return DisputeFact(
        event=row.event,
        source=row.source,
        applied=row.applied,
        taken=money(row.taken_minor, currency),
        given=money(row.given_minor, currency),
        occurred=utc_or_none(row.occurred_at),
        recorded=utc(row.recorded_at),
        note=row.note,
    )


def _about(call: Call) -> UUID:
    return call.id("dispute")


OPERATIONS: Final = (
    Operation(
        name="list_disputes", method="GET", path="/v1/disputes", summary="List disputes",
        handle=list_, gives={200: Page[Dispute]}, query=DisputesQuery,
    ),
    Operation(
        name="get_dispute", method="GET", path="/v1/disputes/{id}",
        summary="Read a dispute with what was told of it", handle=get, gives={200: Dispute},
    ),
    Operation(
        name="print_evidence", method="GET", path="/v1/disputes/{id}/evidence.pdf",
        summary="Print the pack of evidence of a dispute", handle=print_,
        gives={200: bytes}, media_type=PDF,
    ),
    Operation(
        name="accept_dispute", method="POST", path="/v1/disputes/{id}/accept",
        summary="Give a dispute up", handle=accept, gives={200: Dispute}, body=DisputeAnswerBody,
        keyed=Keyed.NEVER, about=_about,
    ),
    Operation(
        name="preview_evidence", method="GET", path="/v1/disputes/{id}/evidence",
        summary="Say what evidence would be sent to a provider", handle=look,
        gives={200: DisputeEvidencePreview}, query=DisputeEvidenceQuery,
    ),
    Operation(
        name="send_evidence", method="POST", path="/v1/disputes/{id}/send",
        summary="Send the pack of evidence of a dispute to its provider", handle=send,
        gives={200: Dispute}, body=SendEvidenceBody, keyed=Keyed.NEVER,
        about=_about,
    ),
    Operation(
        name="submit_evidence", method="POST", path="/v1/disputes/{id}/submit",
        summary="Note that a dispute was answered", handle=submit, gives={200: Dispute},
        body=DisputeAnswerBody, keyed=Keyed.NEVER, about=_about,
    ),
)  # fmt: skip
