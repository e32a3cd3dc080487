"""What may be begun at a merchant account, what keeps it, and what a trial call says."""

import pytest

from ledgerline.base.errors import Rejected
from ledgerline.base.ids import MandateId
from ledgerline.payments.model import EvidenceKind, Outcome, Reading
from ledgerline.payments.refusals import (
    AccountsUnavailable,
    DebitTakesDays,
    NoPaymentRoute,
    PspAccountInUse,
    PspAccountNotFound,
)
from ledgerline.payments.rows.accounts import AccountUseRow
from ledgerline.payments.rules.accounts import (
    Answered,
    Trial,
    judge,
    require_active,
    require_chargeable,
    require_chosen,
    require_timely,
    require_unused,
    withheld,
)
from ledgerline.payments.rules.routing import Filtered
from tests.unit.payments.samples import ATTEMPT, INSTRUMENT

QUERY, WIRE = EvidenceKind.STATUS_QUERY, EvidenceKind.TRANSPORT


@pytest.mark.parametrize(
    ("reading", "trial"),
    [
        (Reading(Outcome.ABSENT, QUERY), Trial(Answered.YES, "absent")),
        (
            Reading(Outcome.UNKNOWN, QUERY, code="no_lookup"),
            Trial(Answered.NOT_ASKED, "no_lookup"),
        ),
        (
            Reading(Outcome.NOT_EXECUTED, WIRE, code="not_connected"),
            Trial(Answered.NO, "not_connected"),
        ),
        (Reading(Outcome.UNKNOWN, WIRE), Trial(Answered.NO, "unknown")),
    ],
)
def test_only_the_answer_that_there_is_nothing_says_that_an_account_works(
    reading: Reading, trial: Trial
) -> None:
    assert judge(reading) == trial


def test_nothing_begins_at_an_account_that_is_disabled() -> None:
    require_active("aster", "active")
    with pytest.raises(PspAccountNotFound) as refusal:
        require_active("aster", "disabled")
    assert refusal.value.facts == {"account": "aster"}


def test_what_an_account_is_needed_for_is_counted() -> None:
    nothing = AccountUseRow(
        payment_methods=0, due_payments=0, open_attempts=0, open_set_ups=0, open_refunds=0
    )
    require_unused("aster", nothing)
    with pytest.raises(PspAccountInUse, match="aster is needed for 1,200 payment methods, 1 open"):
        require_unused("aster", nothing._replace(payment_methods=1200, open_refunds=1))


def test_a_method_can_be_charged_while_one_of_its_accounts_is_active() -> None:
    gone = INSTRUMENT._replace(psp_account="boreal", account_status="disabled")
    require_chargeable([gone, INSTRUMENT])
    with pytest.raises(PspAccountNotFound) as refused:
        require_chargeable([gone])
    assert refused.value.facts["account"] == "boreal"


@pytest.mark.parametrize(
    ("refused", "refusal", "code"),
    [
        ({"aster": Filtered.DISABLED}, PspAccountNotFound, "account_disabled"),
        ({"aster": Filtered.DISABLED, "boreal": Filtered.EXCLUDED}, NoPaymentRoute, "no_route"),
        (
            {"aster": Filtered.EXCLUDED, "boreal": Filtered.BREAKER_OPEN},
            AccountsUnavailable,
            "breaker_open",
        ),
    ],
)
def test_a_charge_that_can_go_nowhere_is_refused_or_withheld_by_what_may_help(
    refused: dict[str, Filtered], refusal: type[Rejected], code: str
) -> None:
    with pytest.raises(refusal):
        require_chosen(refused)
    assert withheld(refused) == Reading(Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code=code)
    require_chosen({})


def test_an_ended_mandate_is_the_payers_word_only_where_no_account_of_ours_is_missing() -> None:
    ended = {"aster": Filtered.MANDATE_ENDED}
    assert withheld(ended).outcome is Outcome.DECLINED
    missing = {**ended, "boreal": Filtered.BREAKER_OPEN}
    assert withheld(missing) == Reading(
        Outcome.NOT_EXECUTED, EvidenceKind.WITHDRAWN, code="breaker_open"
    )


def test_what_is_debited_by_mandates_alone_is_not_waited_for() -> None:
    mandate = INSTRUMENT._replace(mandate_id=MandateId(ATTEMPT.attempt_id))
    with pytest.raises(DebitTakesDays):
        require_timely([mandate, mandate])
    require_timely([mandate, INSTRUMENT])
    require_timely([])
