"""Which facts make a mail, when it is sent, and what a server's answer means."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ledgerline.base.calendar import month_of
from ledgerline.invoicing.model import InvoiceCause
from ledgerline.mail.model import (
    Accepted,
    Deferred,
    Lost,
    MailKind,
    MailState,
    Refused,
    SkipReason,
)
from ledgerline.mail.rules.deciding import called_off, overtaken, unneeded, unreachable
from ledgerline.mail.rules.occasions import NOTICES, OF_EVENTS, mail_of, subject_kind
from ledgerline.mail.rules.replies import Stage, outcome_of, reason
from ledgerline.mail.rules.resending import REFUSED, is_over
from ledgerline.mail.rules.sending import (
    AGAIN_AFTER,
    again_at,
    end_of,
    is_stale,
    numbered_at,
    recent,
)
from ledgerline.outbox.model import EventKind
from ledgerline.payments.rules.notices import NoticeKind

AT = datetime(2026, 7, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("event", "told", "kind"),
    [
        (EventKind.PAYMENT_SUCCEEDED, {}, MailKind.RECEIPT),
        (EventKind.PAYMENT_TRY_FAILED, {"category": "x"}, None),
        (EventKind.PAYMENT_NOTICE, {"notice": "failed"}, MailKind.PAYMENT_FAILED),
        (EventKind.PAYMENT_NOTICE, {"notice": "last_warning"}, MailKind.PAYMENT_LAST_WARNING),
        (EventKind.PAYMENT_NOTICE, {"notice": "ended"}, MailKind.PAYMENT_ENDED),
        (EventKind.REFUND_SUCCEEDED, {"cause": "asked"}, MailKind.REFUND),
        (EventKind.REFUND_SUCCEEDED, {"cause": "credit"}, MailKind.CREDIT_PAID_OUT),
        (EventKind.SUBSCRIPTION_CANCELED, {"cause": "customer", "when": "now"}, MailKind.CANCELED),
        (
            EventKind.SUBSCRIPTION_CANCELED,
            {"cause": "customer", "when": "now", "withdrawn": True},
            MailKind.WITHDRAWN,
        ),
        (EventKind.SUBSCRIPTION_CANCELED, {"cause": "billing", "when": "period_end"}, None),
        (EventKind.SUBSCRIPTION_CANCELED, {"cause": "collection", "when": "now"}, None),
        (EventKind.SUBSCRIPTION_CANCEL_SCHEDULED, {"ends_on": "2026-08-01"}, MailKind.CANCELED),
        (EventKind.SUBSCRIPTION_CHANGE_WITHDRAWN, {"cause": "lapsed"}, MailKind.CHANGE_WITHDRAWN),
        (EventKind.SUBSCRIPTION_CHANGE_WITHDRAWN, {"cause": "canceled"}, None),
        (EventKind.SUBSCRIPTION_PLAN_CHANGED, {"to": "duo"}, MailKind.PLAN_CHANGED),
        (EventKind.SUBSCRIPTION_PLAN_CHANGED, {}, None),
        (EventKind.SUBSCRIPTION_QUANTITY_CHANGED, {"quantity": 3}, MailKind.PLAN_CHANGED),
        (EventKind.SUBSCRIPTION_CREATED, {}, None),
    ],
)
def test_an_event_makes_at_most_one_mail(
    event: EventKind, told: dict[str, Any], kind: MailKind | None
) -> None:
    assert mail_of(event, told) is kind


def test_every_kind_has_a_fact_that_makes_it_and_one_kind_of_object() -> None:
    made = {*OF_EVENTS.values(), *NOTICES.values(), MailKind.CREDIT_PAID_OUT, MailKind.WITHDRAWN}
    assert made == set(MailKind)
    assert set(NOTICES) == set(NoticeKind)
    assert {subject_kind(kind) for kind in MailKind} == {
        "payment", "refund", "invoice", "subscription",
    }  # fmt: skip


def test_whoever_cannot_be_written_to_has_a_reason() -> None:
    assert unreachable(is_erased=True, email=None, is_blocked=False) is SkipReason.ERASED
    assert unreachable(is_erased=False, email=None, is_blocked=False) is SkipReason.NO_ADDRESS
    assert unreachable(is_erased=False, email="a@b", is_blocked=True) is SkipReason.BLOCKED
    assert unreachable(is_erased=False, email="a@b", is_blocked=False) is None


@pytest.mark.parametrize(
    ("kind", "state", "cause", "why"),
    [
        (MailKind.PAYMENT_FAILED, "processing", InvoiceCause.RENEWAL, None),
        (MailKind.PAYMENT_FAILED, "succeeded", InvoiceCause.RENEWAL, SkipReason.OVERTAKEN),
        (MailKind.PAYMENT_ENDED, "failed", InvoiceCause.RENEWAL, None),
        (MailKind.PAYMENT_ENDED, "succeeded", InvoiceCause.RENEWAL, SkipReason.OVERTAKEN),
        (MailKind.ACTION_REQUIRED, "processing", InvoiceCause.RENEWAL, None),
        (MailKind.ACTION_REQUIRED, "processing", InvoiceCause.PURCHASE, SkipReason.PAYER_PRESENT),
        (MailKind.RECEIPT, "succeeded", InvoiceCause.PURCHASE, None),
    ],
)
def test_what_is_not_so_any_more_is_not_told(
    kind: MailKind, state: str, cause: str, why: SkipReason | None
) -> None:
    assert overtaken(kind, state=state, cause=cause) is why


def test_a_renewal_that_was_called_off_is_not_told_of() -> None:
    on = date(2026, 8, 1)
    assert called_off(state="trialing", ends_on=None, renews_on=on) is None
    assert called_off(state="active", ends_on=date(2026, 8, 2), renews_on=on) is None
    assert called_off(state="trialing", ends_on=on, renews_on=on) is SkipReason.OVERTAKEN
    assert called_off(state="paused", ends_on=None, renews_on=on) is SkipReason.OVERTAKEN


def test_an_invoice_is_sent_by_itself_only_where_no_receipt_brings_it() -> None:
    follows = unneeded(is_served=False, total_minor=100, is_numbered=False)
    assert follows is SkipReason.RECEIPT_FOLLOWS
    nothing = unneeded(is_served=True, total_minor=0, is_numbered=False)
    assert nothing is SkipReason.NOTHING_OWED
    assert unneeded(is_served=True, total_minor=100, is_numbered=False) is None


def test_tries_are_further_and_further_apart_until_it_is_given_up() -> None:
    found = [again_at(tries, written_at=AT, at=AT) for tries in range(8)]
    steps = [*AGAIN_AFTER[:1], *AGAIN_AFTER, AGAIN_AFTER[-1]]
    assert found == [AT + step for step in steps]
    late = AT + timedelta(days=4, hours=12)
    assert again_at(9, written_at=AT, at=late) is None
    assert not is_stale(AT, at=late)
    assert is_stale(AT, at=AT + timedelta(days=5, seconds=1))


def test_a_number_is_looked_for_soon_and_then_now_and_then() -> None:
    assert numbered_at(written_at=AT, at=AT) == AT + timedelta(seconds=10)
    late = AT + timedelta(hours=1)
    assert numbered_at(written_at=AT, at=late) == late + timedelta(hours=1)


@pytest.mark.parametrize(
    ("outcome", "state", "blocks"),
    [
        (Accepted(), MailState.SENT, False),
        (Deferred("450 later"), MailState.WAITING, False),
        (Refused("550 no", for_address=True), MailState.BOUNCED, True),
        (Refused("554 no", for_address=False), MailState.BOUNCED, False),
        (Lost("cut"), MailState.UNKNOWN, False),
    ],
)
def test_an_answer_decides(
    outcome: Accepted | Deferred | Refused | Lost, state: MailState, *, blocks: bool
) -> None:
    end = end_of(outcome, tries=1, written_at=AT, at=AT)
    assert (end.state, end.blocks) == (state, blocks)
    assert (end.due_at is not None) == (state is MailState.WAITING)
    late = end_of(Deferred("450"), tries=9, written_at=AT, at=AT + timedelta(days=5))
    assert late.state is MailState.FAILED


@pytest.mark.parametrize(
    ("stage", "code", "text", "found"),
    [
        (Stage.RECIPIENT, 450, "4.2.0 greylisted", "deferred"),
        (Stage.RECIPIENT, 550, "no such user", "address"),
        (Stage.RECIPIENT, 550, "5.1.1 no such user", "address"),
        (Stage.RECIPIENT, 552, "5.2.2 mailbox full", "mail"),
        (Stage.RECIPIENT, 550, "5.7.1 blocked by policy", "mail"),
        (Stage.CONTENT, 554, "5.7.1 spam", "mail"),
        (Stage.CONTENT, 554, "refused", "mail"),
        (Stage.CONTENT, 550, "5.1.1 no such user after all", "address"),
        (Stage.CONTENT, 451, "4.3.0 later", "deferred"),
        (Stage.SENDER, 550, "5.7.1 not you", "deferred"),
    ],
)
def test_a_reply_is_read_by_stage_and_code(stage: Stage, code: int, text: str, found: str) -> None:
    outcome = outcome_of(stage, code, text)
    match outcome:
        case Deferred():
            said = "deferred"
        case Refused(_, for_address):
            said = "address" if for_address else "mail"
        case _:
            said = "other"
    assert said == found


def test_a_reply_is_kept_without_the_address_that_it_repeats() -> None:
    said = reason(550, "5.1.1 <ada@mail.example>:\r\n no such user " + "x" * 300)
    assert said.startswith("550 5.1.1 <[address]>: no such user")
    assert len(said) == 200


def test_two_years_of_a_customer_are_looked_at() -> None:
    found = recent(AT)
    assert found[0] == month_of(AT.date())
    assert len(found) in {24, 25}


def test_what_tells_of_a_day_to_come_is_not_sent_again_once_it_has() -> None:
    told = {"renews_on": "2026-07-01"}
    for kind in (MailKind.RENEWS_SOON, MailKind.TRIAL_ENDING):
        assert not is_over(kind, told, today=date(2026, 6, 30))
        assert is_over(kind, told, today=date(2026, 7, 1))
    assert not is_over(MailKind.RECEIPT, {}, today=date(2030, 1, 1))


def test_each_reason_to_skip_a_mail_has_a_sentence_for_who_wants_it_sent_again() -> None:
    assert set(REFUSED) == set(SkipReason)
