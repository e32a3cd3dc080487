"""The row of an attempt as it is committed before its first byte leaves."""

from datetime import datetime, timedelta

from ledgerline.base.ids import DecisionId
from ledgerline.payments.model import AttemptState, SentAttempt
from ledgerline.payments.rows.attempts import NewAttemptRow
from ledgerline.payments.rules.ladder import first_look
from ledgerline.payments.rules.retry import AwaitPayer, Retry


def attempt_to_commit(
    sent: SentAttempt,
    *,
    decision_id: DecisionId,
    ordinal: int,
    call_deadline: timedelta,
    now: datetime,
    resume: Retry | AwaitPayer | None = None,
) -> NewAttemptRow:
    """Build the row that says what will be sent, with its digest, and when to look after it.

    ``decision_id`` is the decision that chose its account.

    ``resume`` is the plan that goes on where an attempt of the payer comes to nothing.
    """
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
        decision_id=decision_id,
        return_url=sent.return_url,
        challenge=sent.challenge,
    )
