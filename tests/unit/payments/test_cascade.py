"""Whether the next account may be asked while the payer waits."""

from datetime import timedelta

import pytest

from ledgerline.payments.model import DeclineCategory, EvidenceKind, Outcome, Reading
from ledgerline.payments.rules.cascade import has_time, may_cascade

NEXT = {DeclineCategory.PROCESSOR_ERROR, DeclineCategory.ISSUER_UNAVAILABLE}


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("category", [None, *DeclineCategory])
def test_only_proof_or_a_refusal_of_the_provider_leads_to_the_next(
    outcome: Outcome, category: DeclineCategory | None
) -> None:
    reading = Reading(outcome, EvidenceKind.RESPONSE, category=category)
    again = outcome is Outcome.NOT_EXECUTED or (outcome is Outcome.DECLINED and category in NEXT)
    plain = outcome is Outcome.DECLINED and category is DeclineCategory.DO_NOT_HONOR
    assert may_cascade(reading, refused_before=True) is again
    assert may_cascade(reading, refused_before=False) is (again or plain)


def test_a_further_call_must_end_in_time() -> None:
    ten = timedelta(seconds=10)
    assert has_time(gone=timedelta(seconds=15), call_deadline=ten)
    assert not has_time(gone=timedelta(seconds=15, milliseconds=1), call_deadline=ten)
