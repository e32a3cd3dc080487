"""A pause gives days back, a resumption charges them, a downgrade costs nothing: exact numbers."""

from datetime import date

import pytest

from ledgerline.rules.change import Proposal
from ledgerline.rules.phases import Sale
from ledgerline.rules.renewal import End, Wait, renew
from ledgerline.rules.resting import downgrade, pause, rest, rests_until, resume
from ledgerline.rules.timeline import Entry
from ledgerline.subscriptions.model import (
    Anchor,
    ChangeRefused,
    LogKind,
    NotPaused,
    PauseLimitReached,
    SettleFirst,
    SubscriptionState,
    Timing,
)
from tests.unit.rules.sold import YEARLY, sold
from tests.unit.rules.story import Story, at

PLANS = [
    sold("month", 16900),
    sold("year", 9900, cadence=YEARLY),
    sold("free", 0),
    sold("free_year", 0, cadence=YEARLY),
    sold("extra", 500, product="extra", goes_with=("month",)),
]


def _bought(plan: str, day: str) -> Story:
    story = Story(PLANS)
    story.buy(day, plan)
    return story


def _paused(story: Story, day: str) -> Story:
    """Record what a pause writes: the fact, and the end that is planned."""
    row = story.subscription
    story.log.append(Entry(story.log[-1].seq + 1, LogKind.PAUSED, at(day).date()))
    entry, after = rest(row, story.log, on=at(day).date())
    story.log.append(entry)
    assert after.state is SubscriptionState.PAUSED
    story.row = row._replace(
        state=after.state, ends_on=after.ends_on, next_bill_at=after.next_bill_at
    )
    return story


def _pause(story: Story, day: str) -> int:
    reaching = [one for one in story.charged if one.line.period.end > at(day).date()]
    return pause(story.subscription, story.log, reaching, now=at(day)).credited_minor


def test_the_unused_days_are_given_back() -> None:
    assert _pause(_bought("month", "2026-11-01"), "2026-11-08") == 12957
    assert _pause(_bought("year", "2026-05-01"), "2026-05-12") == 9602


@pytest.mark.parametrize(
    ("plan", "days", "anchor", "until", "charged"),
    [
        ("month", ("2026-11-01", "2026-11-08", "2026-11-15"), Anchor.KEEP, "2026-12-01", 9013),
        ("year", ("2026-05-01", "2026-05-12", "2026-06-04"), Anchor.KEEP, "2027-05-01", 8978),
        ("year", ("2026-05-01", "2026-05-12", "2026-06-04"), Anchor.RESTART, "2027-06-04", 9900),
    ],
)
def test_a_resumption_charges_to_the_next_boundary(
    plan: str, days: tuple[str, str, str], anchor: Anchor, until: str, charged: int
) -> None:
    bought, paused, resumed = days
    story = _paused(_bought(plan, bought), paused)
    found = resume(story.subscription, story.log, story.book, anchor=anchor, now=at(resumed))
    assert found.charged_minor == charged
    assert found.after.state is SubscriptionState.ACTIVE
    assert found.after.clock.billed_through == date.fromisoformat(until)
    assert found.after.ends_on is None  # the end of the pause is taken back
    old, new = found.after.items
    assert (old.ends_on, new.starts_on, new.ends_on) == (
        date.fromisoformat(resumed), date.fromisoformat(resumed), None,
    )  # fmt: skip


def test_what_rests_is_not_billed_and_ends_after_three_months() -> None:
    story = _paused(_bought("month", "2026-11-01"), "2026-11-08")
    assert rests_until(date(2026, 11, 30)) == date(2027, 2, 28)
    assert story.subscription.ends_on == date(2027, 2, 8)
    row, items = story.subscription, story.items
    assert isinstance(renew(row, items, (), story.book, now=at("2026-12-05")), Wait)
    assert renew(row, items, (), story.book, now=at("2027-02-08")) == End(on=date(2027, 2, 8))


def test_only_what_is_active_and_has_no_plans_is_paused() -> None:
    story = _bought("month", "2026-11-01")
    with pytest.raises(NotPaused):
        resume(story.subscription, story.log, story.book, anchor=Anchor.KEEP, now=at("2026-11-08"))
    with pytest.raises(ChangeRefused, match="began today"):
        _pause(story, "2026-11-01")
    with pytest.raises(ChangeRefused, match="not billed yet"):
        _pause(story, "2026-12-01")
    story.cancel("2026-11-05", Timing.PERIOD_END)
    with pytest.raises(ChangeRefused, match="take that back"):
        _pause(story, "2026-11-08")
    story.undo("2026-11-06")
    active = story.subscription
    story.row = active._replace(state=SubscriptionState.PAST_DUE)
    with pytest.raises(SettleFirst):
        _pause(story, "2026-11-08")
    story.row = active._replace(state=SubscriptionState.TRIALING)
    with pytest.raises(ChangeRefused):
        _pause(story, "2026-11-08")
    story.row = active
    for day in (2, 4):
        story.log.append(Entry(story.log[-1].seq + 1, LogKind.PAUSED, date(2026, 11, day)))
        story.log.append(Entry(story.log[-1].seq + 1, LogKind.RESUMED, date(2026, 11, day + 1)))
    with pytest.raises(PauseLimitReached) as refused:
        _pause(story, "2026-11-08")
    assert refused.value.facts["until"] == "2027-11-02"


def test_a_downgrade_goes_on_for_nothing_and_drops_what_was_planned() -> None:
    story = Story(PLANS)
    story.buy("2026-11-01", "month", add_ons=["extra"])
    story.change("2026-11-05", "year", timing=Timing.PERIOD_END)
    found = _downgrade(story, "free")
    assert found is not None
    assert (found.charged_minor, found.after.clock.billed_through) == (0, date(2026, 12, 1))
    assert found.after.items[-1].plan_code == "free"
    assert [one for one in found.after.items if one.ends_on is None] == [found.after.items[-1]]
    assert found.next is not None
    assert found.next.bill.gross_minor == 0
    # with another rhythm, that begins today
    yearly = _downgrade(_bought("month", "2026-11-01"), "free_year")
    assert yearly is not None
    assert yearly.after.clock.billed_through == date(2027, 11, 10)


def test_nobody_is_downgraded_to_what_costs_something() -> None:
    assert _downgrade(_bought("month", "2026-11-01"), "year") is None
    assert _downgrade(_bought("month", "2026-11-01"), "gone") is None


def _downgrade(story: Story, plan: str) -> Proposal | None:
    now = at("2026-11-10")
    sale = Sale(story.catalog.shelf(now.date()), story.book)
    return downgrade(story.subscription, story.log, plan, sale=sale, now=now)
