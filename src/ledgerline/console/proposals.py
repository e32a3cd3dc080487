"""What a provider wrote of a charge or refund: one person proposes it, another approves."""

from typing import Final

from ledgerline.access import views as access
from ledgerline.access.rules.people import actor_of
from ledgerline.base.ids import EvidenceProposalId, bucket_of
from ledgerline.base.saying import noted
from ledgerline.console.actions import Action, Field, Home, Preview, Said
from ledgerline.console.asking import Ask, path_of
from ledgerline.console.exceptions import NOTE, SECTION, as_sentence, find, is_proposable
from ledgerline.flows.approve_evidence import approve_evidence
from ledgerline.flows.claim_key import Command
from ledgerline.flows.propose_evidence import Proposal, propose_evidence
from ledgerline.flows.withdraw_evidence import withdraw_evidence
from ledgerline.payments import views
from ledgerline.payments.refusals import EvidenceNotProposable
from ledgerline.payments.rows.evidence import ProposalView
from ledgerline.payments.rows.exceptions import ExceptionView
from ledgerline.payments.rules.evidence import (
    Ending,
    Subject,
    effect_of,
    require_other,
    require_reference,
)
from ledgerline.web.forms import PageMissing
from ledgerline.web.refusals import Malformed
from ledgerline.web.wire import Response

_ENDINGS: Final = (
    (Ending.SUCCEEDED.value, noted("It succeeded")),
    (Ending.DECLINED.value, noted("It was refused")),
    (Ending.NOT_EXECUTED.value, noted("It was never executed")),
)


async def show(ask: Ask) -> Response:
    """Show a proposal, and all that is known of what it is about."""
    row = await _read(ask)
    async with ask.run.reading() as read:
        known = await views.evidence_subject(read, bucket=row.bucket, id=row.subject_id)
        heard = await views.heard(read, bucket=row.bucket, id=row.subject_id)
        colleagues = {actor_of(one.id): one.name for one in await access.people(read)}
    assert known is not None, row
    return ask.page(
        "proposal.html",
        {
            "row": row, "known": known, "heard": heard, "colleagues": colleagues,
            "effect": ask.say(effect_of(Subject(row.kind), Ending(row.outcome))),
            "payment": path_of("payment", row.payment_id),
            "mine": row.proposed_by == ask.actor, "section": SECTION,
        },
    )  # fmt: skip


async def _read(ask: Ask) -> ProposalView:
    id = ask.id("evidence_proposal")
    async with ask.run.reading() as read:
        row = await views.proposal(read, bucket=bucket_of(id), id=id)
    if row is None:
        raise PageMissing
    return row


async def _find(ask: Ask) -> Home[ProposalView]:
    row = await _read(ask)
    return Home(
        of=row, path=path_of("evidence_proposal", row.id) or "", label=noted("Proposal"),
        kind="evidence_proposal", id=row.id,
    )  # fmt: skip


def _asks(_: Ask, __: ExceptionView) -> tuple[Field, ...]:
    return (
        Field(
            name="ending", label=noted("How it ended"), choices=_ENDINGS,
            value=Ending.DECLINED.value,
        ),
        Field(
            name="reference", label=noted("Provider’s id of it"), is_optional=True,
            hint=noted(
                "Needed where it succeeded: without it nobody can refund or reconcile."
            ),
        ),
    )  # fmt: skip


def _proposal(ask: Ask, row: ExceptionView, said: Said) -> Proposal:
    if not is_proposable(row):
        raise EvidenceNotProposable(ask.say("nothing is open that people may say the end of"))
    try:
        ending = Ending(said.get("ending", ""))
    except ValueError as wrong:
        raise Malformed(ask.say("one of the endings")) from wrong
    reference = said.get("reference") or None
    require_reference(ending, reference)
    return Proposal(
        subject=Subject(row.kind), subject_id=row.subject_id, ending=ending,
        note=said.get("note", "preview"), by=ask.actor, psp_ref=reference,
    )  # fmt: skip


async def _preview_proposal(ask: Ask, row: ExceptionView, said: Said) -> Preview:
    proposal = _proposal(ask, row, said)
    effect = effect_of(proposal.subject, proposal.ending)
    return Preview(
        sentence=ask.say(
            "Nothing changes until a second person approves. Then %(effect)s.",
            effect=ask.say(effect),
        ),
        button=ask.say("Propose it"),
        seal=f"{proposal.subject_id} {proposal.ending}",
        after={"outcome": proposal.ending.value},
    )


async def _propose(ask: Ask, row: ExceptionView, said: Said, command: Command) -> None:
    await propose_evidence(ask.run, _proposal(ask, row, said), command=command)


async def _preview_approval(ask: Ask, row: ProposalView, _: Said) -> Preview:
    require_other(row.proposed_by, ask.actor)
    async with ask.run.reading() as read:
        known = await views.evidence_subject(read, bucket=row.bucket, id=row.subject_id)
    assert known is not None, row
    effect = effect_of(Subject(row.kind), Ending(row.outcome))
    return Preview(
        sentence=as_sentence(ask.say(effect)),
        button=ask.say("Approve: %(outcome)s", outcome=ask.writer.word(row.outcome)),
        seal=f"{row.state} {known.state}",
        facts=(
            (ask.say("Amount"), ask.writer.money(known.amount_minor, known.currency)),
            (ask.say("Stands now"), ask.writer.word(known.state)),
            (
                ask.say("Asked its provider"),
                ask.writer.say_count("%(num)s time", "%(num)s times", known.looks),
            ),
        ),
        before={"state": row.state},
        after={"state": "approved", "amount": known.amount_minor, "currency": known.currency},
    )


async def _approve(ask: Ask, row: ProposalView, _: Said, command: Command) -> None:
    await approve_evidence(ask.run, EvidenceProposalId(row.id), by=ask.actor, command=command)


async def _preview_withdrawal(ask: Ask, row: ProposalView, _: Said) -> Preview:
    return Preview(
        sentence=ask.say("The proposal is taken back; nothing else changes."),
        button=ask.say("Take it back"),
        seal=row.state, before={"state": row.state}, after={"state": "withdrawn"},
    )  # fmt: skip


async def _withdraw(ask: Ask, row: ProposalView, _: Said, command: Command) -> None:
    await withdraw_evidence(ask.run, EvidenceProposalId(row.id), by=ask.actor, command=command)


PROPOSE: Final = Action(
    name="evidence_proposed",
    heading=noted("Say how it ended"),
    find=find,
    preview=_preview_proposal,
    carry_out=_propose,
    asks=_asks,
    words=(NOTE,),
)
APPROVE: Final = Action(
    name="evidence_approved", heading=noted("Approve"), find=_find, preview=_preview_approval,
    carry_out=_approve,
)  # fmt: skip
WITHDRAW: Final = Action(
    name="evidence_withdrawn", heading=noted("Take back"), find=_find, preview=_preview_withdrawal,
    carry_out=_withdraw,
)  # fmt: skip
