"""The row of an attempt as it is committed before its first byte leaves."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerline.base.ids import DecisionId, MandateId
from ledgerline.payments.model import AttemptState, SentAttempt
from ledgerline.payments.rows.attempts import NewAttemptRow
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.retry import AwaitPayer, Retry


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an attempt rests on: the decision that chose its account and, of a debit, its mandate.

    ``notice_no`` is the notice that told its payer the day, where that was ours to tell.
    """

    decision_id: DecisionId
    mandate_id: MandateId | None = None
    notice_no: int | None = None


def attempt_to_commit(
    sent: SentAttempt,
    *,
    rests_on: Grounds,
    ordinal: int,
    call_deadline: timedelta,
    now: datetime,
    resume: Retry | AwaitPayer | None = None,
) -> NewAttemptRow:
    """Build the row that says what will be sent, with its digest, and when to look after it.

    ``resume`` is the plan that goes on where an attempt of the payer comes to nothing.
    """
    assert (sent.due_on is None) == (rests_on.notice_no is None), (sent.due_on, rests_on)
    return NewAttemptRow(
        bucket=sent.bucket,
        payment_id=sent.payment_id,
        id=sent.attempt_id,
        ordinal=ordinal,
        psp_account=sent.psp_account,
        psp_token=sent.psp_token,
        currency=sent.amount.currency,
        amount_minor=sent.amount.minor,
        initiator=sent.initiator,
        state=AttemptState.SENT,
        state_before="-",
        state_event="created",
        sent_at=now,
        resolve_at=first_look(now, call_deadline),
        looks=0,
        request_digest=sent.request_digest,
        resume_at=None if resume is None else resume.at,
        resume_awaits=None if resume is None else isinstance(resume, AwaitPayer),
        adopted_from=None,
        decision_id=rests_on.decision_id,
        return_url=sent.return_url,
        challenge=sent.challenge,
        mandate_id=rests_on.mandate_id,
        notice_no=rests_on.notice_no,
        due_on=sent.due_on,
    )
