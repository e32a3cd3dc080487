"""What people may say of a charge or refund, and who may approve it."""

import pytest

from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import (
    EvidenceNeedsReference,
    EvidenceNotProposable,
    SelfApproval,
)
from ledgerline.payments.rules.evidence import (
    Ending,
    Subject,
    effect_of,
    reading_of,
    require_other,
    require_proposable,
    require_reference,
)
from ledgerline.payments.rules.exceptions import Reason


@pytest.mark.parametrize("subject", Subject)
def test_only_what_is_open_for_people_is_proposed(subject: Subject) -> None:
    require_proposable(subject, {Reason.UNKNOWN_TOO_LONG, Reason.PROVIDER_TOLD})
    for opened in (set[str](), {str(Reason.PROVIDER_TOLD)}, {str(Reason.LATE_SUCCESS)}):
        with pytest.raises(EvidenceNotProposable):
            require_proposable(subject, opened)


def test_a_refund_whose_account_is_gone_may_be_ended_by_people() -> None:
    require_proposable(Subject.REFUND, {Reason.REFUND_STRANDED})
    with pytest.raises(EvidenceNotProposable):
        require_proposable(Subject.ATTEMPT, {Reason.REFUND_STRANDED})


def test_a_success_names_what_the_provider_calls_it() -> None:
    require_reference(Ending.SUCCEEDED, "ch_1")
    require_reference(Ending.DECLINED, None)
    for missing in (None, ""):
        with pytest.raises(EvidenceNeedsReference):
            require_reference(Ending.SUCCEEDED, missing)


@pytest.mark.parametrize("by", ["mara weiß", "Mara  Weiß", " mara\u00a0weiß ", "MARA WEISS"])
def test_nobody_approves_their_own_however_they_write_themselves(by: str) -> None:
    with pytest.raises(SelfApproval):
        require_other("Mara Weiß", by)
    require_other("nils", by)
    with pytest.raises(SelfApproval):
        require_other("Jose\u0301", "José")


@pytest.mark.parametrize(
    ("ending", "outcome"),
    [
        (Ending.SUCCEEDED, Outcome.SUCCEEDED),
        (Ending.DECLINED, Outcome.DECLINED),
        (Ending.NOT_EXECUTED, Outcome.NOT_EXECUTED),
    ],
)
def test_what_is_approved_is_evidence_of_people(ending: Ending, outcome: Outcome) -> None:
    assert reading_of(ending, "ch_1") == Reading(
        outcome, EvidenceKind.OPERATOR, psp_ref="ch_1", code="operator"
    )


def test_every_end_of_everything_says_what_it_does() -> None:
    said = {effect_of(subject, ending) for subject in Subject for ending in Ending}
    assert len(said) == 5  # a refund that was refused or never made does the same
