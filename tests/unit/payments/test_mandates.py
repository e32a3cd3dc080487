from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from ledgerline.base.ids import Bucket, MandateId
from ledgerline.payments.debits import MandateEvent, MandateState, MandateTold
from ledgerline.payments.rows.mandates import MandateFactRow, SchemeRuleRow
from ledgerline.payments.rules.mandates import (
    is_chargeable,
    lapses_on,
    next_look,
    rank_of,
    standing,
)
from ledgerline.payments.rules.telling import mandate_retold, mandate_told
from tests.unit.payments.samples import NOW

E = MandateEvent
SEPA_CORE = SchemeRuleRow(
    scheme="sepa_core",
    valid_from=date(2009, 11, 2),
    notice_days=14,
    notice_unit="day",
    notice_days_min=1,
    submit_bank_days=1,
    lapse_months=36,
)


def fact(event: MandateEvent, *, after: int, replaced_by: str | None = None) -> MandateFactRow:
    """Return what happened so many minutes after noon."""
    return MandateFactRow(
        bucket=Bucket(7),
        mandate_id=MandateId(UUID(int=7)),
        no=after + 1,
        fact_key=f"{event}-{after}",
        event=event,
        rank=rank_of(event),
        source="webhook",
        cause=None,
        replaced_by=replaced_by,
        occurred_at=NOW + timedelta(minutes=after),
        recorded_at=NOW,
    )


def after(*events: MandateEvent) -> MandateState:
    return standing([fact(event, after=nth) for nth, event in enumerate(events)]).state


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ((), MandateState.UNKNOWN),
        ((E.CREATED, E.SUBMITTED), MandateState.PENDING),
        ((E.CREATED, E.SUBMITTED, E.ACTIVATED), MandateState.ACTIVE),
        ((E.CREATED, E.SUBMITTED, E.FAILED), MandateState.FAILED),
        ((E.ACTIVATED, E.TRANSFERRED), MandateState.ACTIVE),
        ((E.ACTIVATED, E.PAUSED, E.ACTIVATED), MandateState.ACTIVE),
        # what ended is revived by its bank or by what is seen, and by nothing else
        ((E.ACTIVATED, E.CANCELED, E.ACTIVATED), MandateState.CANCELED),
        ((E.ACTIVATED, E.CANCELED, E.SUBMITTED), MandateState.CANCELED),
        ((E.ACTIVATED, E.CANCELED, E.REINSTATED), MandateState.ACTIVE),
        ((E.ACTIVATED, E.EXPIRED, E.SEEN_ACTIVE), MandateState.ACTIVE),
        ((E.ACTIVATED, E.REPLACED, E.REINSTATED), MandateState.REPLACED),
    ],
)
def test_mandate_stands_where_its_facts_lead(
    events: tuple[MandateEvent, ...], expected: MandateState
) -> None:
    assert after(*events) is expected


def test_of_one_instant_the_stronger_holds_and_a_look_sees_it_all() -> None:
    at_once = [fact(E.CANCELED, after=1), fact(E.ACTIVATED, after=1)]
    assert standing(at_once).state is MandateState.CANCELED
    seen = fact(E.SEEN_ACTIVE, after=1)
    assert standing([*at_once, seen]).state is MandateState.ACTIVE


def test_last_step_is_the_one_that_led_there() -> None:
    told = [fact(E.ACTIVATED, after=1), fact(E.CANCELED, after=2), fact(E.ACTIVATED, after=3)]
    found = standing(told)
    assert (found.state, found.before, found.event) == ("canceled", "active", "canceled")
    assert found.is_ended
    replaced = standing([*told, fact(E.REPLACED, after=4, replaced_by="MD2")])
    assert replaced.replaced_by == "MD2"


@pytest.mark.parametrize(
    ("state", "lapses", "expected"),
    [
        ("unknown", None, True),
        ("pending", None, True),
        ("active", date(2026, 3, 2), True),
        ("active", date(2026, 3, 1), False),  # it is void from that day on
        ("paused", None, False),
        ("canceled", None, False),
        ("replaced", None, False),
    ],
)
def test_debits_are_sent_by_what_is_in_force(
    state: str, lapses: date | None, *, expected: bool
) -> None:
    assert is_chargeable(state, lapses, on=date(2026, 3, 1)) is expected


def test_mandate_lapses_months_after_its_last_debit() -> None:
    assert lapses_on(SEPA_CORE, since=date(2024, 2, 29)) == date(2027, 2, 28)
    assert lapses_on(SEPA_CORE._replace(lapse_months=None), since=date(2024, 2, 29)) is None
    assert lapses_on(None, since=date(2024, 2, 29)) is None


def test_what_waits_is_looked_at_daily_and_what_is_in_force_when_it_lapses() -> None:
    day, lapse = timedelta(days=1), date(2029, 3, 1)
    assert next_look(MandateState.PENDING, None, answered=True, now=NOW) == NOW + day
    assert next_look(MandateState.ACTIVE, None, answered=True, now=NOW) is None
    found = next_look(MandateState.ACTIVE, lapse, answered=True, now=NOW)
    assert found == datetime(2029, 3, 1, tzinfo=UTC)
    assert next_look(MandateState.CANCELED, lapse, answered=True, now=NOW) is None
    again = next_look(MandateState.ACTIVE, lapse, answered=False, now=NOW)
    assert again == NOW + timedelta(hours=1)


def test_what_a_webhook_told_of_a_mandate_is_read_as_it_was_written() -> None:
    told = MandateTold(
        psp_token="MD1",
        event=E.REPLACED,
        occurred_at=NOW,
        cause="scheme_identifier_changed",
        replaced_by="MD2",
    )
    assert mandate_retold(mandate_told(told)) == told
