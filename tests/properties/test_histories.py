"""Random histories of one subscription: whatever happens to it, in whatever order."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date, timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from ledgerline.base.errors import Rejected
from ledgerline.pricing.rules.credit import remainder
from ledgerline.rules.timeline import rebuild
from ledgerline.subscriptions.model import SubscriptionState, Timing
from tests.unit.pricing.lines import deferred
from tests.unit.rules.sold import YEARLY, sold
from tests.unit.rules.story import ID, Story

BEGIN = date(2026, 1, 31)
PLANS = ["basic", "more", "year"]
VERBS = [
    "change",
    "change_later",
    "seats",
    "seats_later",
    "undo",
    "refund",
    "renew",
    "cancel_later",
]

Act = tuple[str, int, str, int]
acts: st.SearchStrategy[list[Act]] = st.lists(
    st.tuples(
        st.sampled_from(VERBS),
        st.integers(0, 20),  # days until it happens
        st.sampled_from(PLANS),
        st.integers(1, 6),
    ),
    max_size=12,
)


def told(history: Sequence[Act]) -> tuple[Story, date]:
    """Let a history happen; what is refused changes nothing."""
    story = Story(
        [sold("basic", 1099), sold("more", 1999), sold("year", 11990, cadence=YEARLY)],
        behavior="exclusive",
        rates=((date(2000, 1, 1), 190_000), (date(2026, 4, 1), 210_000)),
    )
    story.buy(BEGIN.isoformat(), "basic", quantity=2)
    today = BEGIN
    for verb, wait, plan, number in history:
        today += timedelta(days=wait)
        while story.subscription.billed_through <= today:
            if story.subscription.ends_on is not None:
                return story, story.subscription.ends_on
            story.renew(today.isoformat())
        with suppress(Rejected):
            _act(story, verb, today.isoformat(), plan, number)
    return story, today


def _act(story: Story, verb: str, day: str, plan: str, number: int) -> None:
    if verb == "change":
        story.change(day, plan)
    elif verb == "change_later":
        story.change(day, plan, timing=Timing.PERIOD_END)
    elif verb == "seats":
        story.change(day, quantity=number)
    elif verb == "seats_later":
        story.change(day, quantity=number, timing=Timing.PERIOD_END)
    elif verb == "undo":
        story.undo(day)
    elif verb == "cancel_later":
        story.cancel(day, Timing.PERIOD_END)
    elif verb == "refund":
        line = number % len(story.charged)
        left = remainder(story.charged[line].line)
        story.refund(day, max(1, left // number), line=line)


@given(acts)
def test_the_rows_are_what_the_log_says(history: list[Act]) -> None:
    story, today = told(history)

    again = rebuild(
        ID,
        story.log,
        billed_until=story.subscription.billed_through,
        on=today,
        zone=story.zone,
    )

    assert again.items == story.items
    assert again.ends_on == story.subscription.ends_on
    numbers = [item.no for item in again.items]
    assert numbers == sorted(set(numbers))
    alive = [item for item in again.items if item.starts_on != item.ends_on]
    for one in alive:
        for other in alive:
            if one.no < other.no and one.component == other.component:
                assert one.ends_on is not None
                assert one.ends_on <= other.starts_on
    assert again.state is SubscriptionState.ACTIVE


@given(acts)
def test_ends_only_move_earlier(history: list[Act]) -> None:
    story, today = told(history)
    before: dict[int, date] = {}
    for n in range(1, len(story.log) + 1):
        rows = rebuild(ID, story.log[:n], billed_until=None, on=today, zone=story.zone).items
        for row in rows:
            end = row.ends_on or date.max
            assert end <= before.get(row.no, date.max), (n, row)
            before[row.no] = end


@given(acts)
def test_no_line_gives_back_more_than_it_was_charged_and_deferral_keeps_its_sign(
    history: list[Act],
) -> None:
    story, today = told(history)
    story.cancel(today.isoformat())

    for one in story.charged:
        line = one.line
        assert 0 <= line.credited_gross_minor <= line.gross_minor
        assert 0 <= line.credited_tax_minor <= line.tax_minor
        for days in range(line.period.days + 1):
            assert deferred(line, on=line.period.start + timedelta(days=days)) >= 0
        assert deferred(line, on=line.period.end) == 0


@given(acts)
def test_after_a_cancellation_no_day_to_come_is_paid(history: list[Act]) -> None:
    story, today = told(history)
    story.cancel(today.isoformat())

    for one in story.charged:
        line = one.line
        to_come = (line.period.end - max(today, line.period.start)).days
        if to_come <= 0 or line.gross_minor == 0:
            continue
        charged = Fraction(line.gross_minor * to_come, line.period.days)
        taken = sum(
            (
                Fraction(c.gross_minor * (c.end - max(today, c.start)).days, c.days)
                for c in line.corrections
            ),
            Fraction(0),
        )
        assert abs(charged - taken) <= 1 + len(line.corrections), (one.key, line)
