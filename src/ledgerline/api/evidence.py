"""Evidence that people bring of a charge or refund whose end no provider tells: two decide."""

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api import lists
from ledgerline.api.exceptions import NoteText, ReferenceText
from ledgerline.api.operations import Answer, Call, Keyed, Operation, nothing_here, read_id
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
from ledgerline.base.ids import (
    FORM,
    PREFIXES,
    EvidenceProposalId,
    bucket_of,
    encode,
)
from ledgerline.flows.approve_evidence import approve_evidence
from ledgerline.flows.propose_evidence import Proposal, propose_evidence
from ledgerline.flows.withdraw_evidence import withdraw_evidence
from ledgerline.payments import views
from ledgerline.payments.rows.evidence import ProposalsAsked, ProposalView
from ledgerline.payments.rules.evidence import Ending, ProposalState, Subject, effect_of

SubjectText = Annotated[str, Meta(pattern=f"^(?:att|ref)_{FORM}$")]
Digest = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
_PREFIX: Final = {PREFIXES[kind]: kind for kind in Subject}


class EvidenceQuery(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which proposals: in a state, or about a charge or refund."""

    limit: Limit = LIMIT_DEFAULT
    after: CursorText | None = None
    status: ProposalState | None = None
    subject: SubjectText | None = None


class EvidenceBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How a charge or refund ended, as its provider wrote. No personal data in ``note``.

    ``file_sha256`` is the digest of the provider's letter, which stays with you. A success needs
    the provider's id of it.
    """

    subject: SubjectText
    outcome: Ending
    note: NoteText
    provider_reference: ReferenceText | None = None
    file_sha256: Digest | None = None


class ApproveBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether only to show what approving would do."""

    validate_only: bool = False


class EvidenceWithdrawBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing more is to be said."""


class EvidenceProposal(Struct, frozen=True, kw_only=True):
    """What somebody proposes. ``status``: ``proposed``, ``approved``, ``withdrawn``, ``lapsed``.

    It lapses when its provider is heard meanwhile. Nothing of it is ever deleted but ``note``, by
    an erasure of the customer.
    """

    id: str
    object: str = "evidence_proposal"
    livemode: bool
    status: str
    subject: str
    payment: str
    outcome: str
    note: str | None
    provider_reference: str | None
    file_sha256: str | None
    proposed_by: str
    created: datetime
    ended_by: str | None
    ended: datetime | None


class Heard(Struct, frozen=True, kw_only=True):
    """Something that was heard of a charge or refund."""

    source: str
    what: str
    name: str
    at: datetime


class EvidencePreview(Struct, frozen=True, kw_only=True):
    """What approving would do, and all that is known: the state, the questions asked, what came.

    ``looks`` is how often its provider was asked.
    """

    object: str = "evidence_preview"
    livemode: bool
    as_of: datetime
    proposal: EvidenceProposal
    text: str
    total: Money
    psp_account: str
    state: str
    sent: datetime
    unknown_since: datetime | None
    looks: int
    provider_code: str | None
    heard: list[Heard]


async def create(call: Call) -> Answer:
    """Propose how a charge or refund ended; nothing changes until somebody else approves it."""
    body: EvidenceBody = call.body
    subject_id = _about_subject(call)
    proposal = Proposal(
        subject=Subject(_PREFIX[body.subject.lower().partition("_")[0]]),
        subject_id=subject_id,
        ending=body.outcome,
        note=body.note,
        by=call.principal,
        psp_ref=body.provider_reference,
        file_sha256=None if body.file_sha256 is None else bytes.fromhex(body.file_sha256),
    )
    proposal_id = await propose_evidence(call.run, proposal, command=call.command)
    shown = _shape(call, await _read(call, proposal_id))
    return Answer(201, shown, location=f"/v1/evidence_proposals/{shown.id}")


async def list_(call: Call) -> Answer:
    """List proposals, the newest first."""
    query: EvidenceQuery = call.query
    subject_id = None if query.subject is None else _subject_id(query.subject)
    asked = ProposalsAsked(
        before=lists.before(call),
        state=query.status,
        bucket=None if subject_id is None else bucket_of(subject_id),
        subject_id=subject_id,
        limit=query.limit + 1,
    )
    async with call.run.reading() as read:
        rows = await views.proposals(read, asked)
    return lists.page(call, rows, shape=lambda row: _shape(call, row))


async def get(call: Call) -> Answer:
    """Read one proposal."""
    return Answer(200, _shape(call, await _read(call, _id(call))))


async def approve(call: Call) -> Answer:
    """Approve what somebody else proposed, or show what that would do."""
    body: ApproveBody = call.body
    if body.validate_only:
        return Answer(200, await _preview(call, await _read(call, _id(call))))
    await approve_evidence(call.run, _id(call), by=call.principal, command=call.command)
    return Answer(200, _shape(call, await _read(call, _id(call))))


async def withdraw(call: Call) -> Answer:
    """Take a proposal back."""
    await withdraw_evidence(call.run, _id(call), by=call.principal, command=call.command)
    return Answer(200, _shape(call, await _read(call, _id(call))))


async def _preview(call: Call, row: ProposalView) -> EvidencePreview:
    async with call.run.reading() as read:
        known = await views.evidence_subject(read, bucket=row.bucket, id=row.subject_id)
        heard = await views.heard(read, bucket=row.bucket, id=row.subject_id)
    assert known is not None, row
    return EvidencePreview(
        livemode=call.livemode,
        as_of=utc(call.run.now()),
        proposal=_shape(call, row),
        text=effect_of(Subject(row.kind), Ending(row.outcome)),
        total=money(known.amount_minor, known.currency),
        psp_account=known.psp_account,
        state=known.state,
        sent=utc(known.sent_at),
        unknown_since=utc_or_none(known.unknown_since),
        looks=known.looks,
        provider_code=known.psp_code,
        heard=[
            Heard(source=one.source, what=one.what, name=one.name, at=utc(one.at)) for one in heard
        ],
    )


async def _read(call: Call, proposal_id: EvidenceProposalId) -> ProposalView:
    async with call.run.reading() as read:
        row = await views.proposal(read, bucket=bucket_of(proposal_id), id=proposal_id)
    if row is None:
        raise nothing_here("proposal")
    return row


def _shape(call: Call, row: ProposalView) -> EvidenceProposal:
    return EvidenceProposal(
        id=encode(PREFIXES["evidence_proposal"], row.id),
        livemode=call.livemode,
        status=row.state,
        subject=encode(PREFIXES[row.kind], row.subject_id),
        payment=encode(PREFIXES["payment"], row.payment_id),
        outcome=row.outcome,
        note=row.note or None,
        provider_reference=row.psp_ref,
        file_sha256=None if row.file_sha256 is None else row.file_sha256.hex(),
        proposed_by=row.proposed_by,
        created=utc(row.proposed_at),
        ended_by=row.ended_by,
        ended=utc_or_none(row.ended_at),
    )


def _id(call: Call) -> EvidenceProposalId:
    return EvidenceProposalId(call.id("evidence_proposal"))


def _about_subject(call: Call) -> UUID:
    return _subject_id(call.body.subject)


def _subject_id(text: str) -> UUID:
    return read_id(_PREFIX[text.lower().partition("_")[0]], text)


_PATH: Final = "/v1/evidence_proposals"
OPERATIONS: Final = (
    Operation(
        name="propose_evidence", method="POST", path=_PATH,
        summary="Propose how a charge or refund ended", handle=create,
        gives={201: EvidenceProposal}, body=EvidenceBody, keyed=Keyed.OPTIONAL,
        about=_about_subject,
    ),
    Operation(
        name="list_evidence_proposals", method="GET", path=_PATH,
        summary="List what people propose about charges and refunds", handle=list_,
        gives={200: Page[EvidenceProposal]}, query=EvidenceQuery,
    ),
    Operation(
        name="get_evidence_proposal", method="GET", path=f"{_PATH}/{{id}}",
        summary="Read a proposal", handle=get, gives={200: EvidenceProposal},
    ),
    Operation(
        name="approve_evidence", method="POST", path=f"{_PATH}/{{id}}/approve",
        summary="Approve what somebody else proposed", handle=approve,
        gives={200: (EvidenceProposal, EvidencePreview)}, body=ApproveBody,
        keyed=Keyed.REQUIRED, about=_id,
    ),
    Operation(
        name="withdraw_evidence", method="POST", path=f"{_PATH}/{{id}}/withdraw",
        summary="Take a proposal back", handle=withdraw, gives={200: EvidenceProposal},
        body=EvidenceWithdrawBody, keyed=Keyed.OPTIONAL, about=_id,
    ),
)  # fmt: skip
