from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from ledgerline.base.ids import DecisionId
from ledgerline.payments.rows.attempts import NewAttemptRow
from ledgerline.payments.rules.sending import Grounds, attempt_to_commit
from tests.unit.payments.samples import ATTEMPT, NOW

DIGEST = bytes(range(32))


def test_row_says_what_will_be_sent_and_when_to_look_after_it() -> None:
    sent = replace(ATTEMPT, request_digest=DIGEST)
    deadline = timedelta(seconds=20)
    decision_id = DecisionId(UUID(int=9))
    row = attempt_to_commit(
        sent, rests_on=Grounds(decision_id), ordinal=3, call_deadline=deadline, now=NOW
    )
    assert row == NewAttemptRow(
        bucket=ATTEMPT.bucket,
        payment_id=ATTEMPT.payment_id,
        id=ATTEMPT.attempt_id,
        ordinal=3,
        psp_account="aster_eu",
        psp_token="tok_visa",
        currency="EUR",
        amount_minor=1799,
        initiator="merchant",
        state="sent",
        state_before="-",
        state_event="created",
        sent_at=NOW,
        resolve_at=NOW + timedelta(seconds=22),
        looks=0,
        request_digest=DIGEST,
        resume_at=None,
        resume_awaits=None,
        adopted_from=None,
        decision_id=decision_id,
        return_url=None,
        challenge=False,
    )
