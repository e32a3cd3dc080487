"""What a fact changes of a dispute, in whatever order facts come, and what it moves."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Final

import pytest

from ledgerline.payments.disputes import (
    DisputeEvent,
    DisputeKind,
    DisputeReason,
    DisputeState,
)
from ledgerline.payments.model import DeclineCategory
from ledgerline.payments.rules.disputing import (
    Candidate,
    Contradicted,
    Leg,
    Standing,
    answer_by,
    category_of,
    decide,
    held_minor,
    legs,
    shift,
    stops_mit,
    unearned,
    which,
)

MONDAY: Final = datetime(2026, 7, 6, 12, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
S = DisputeState
E = DisputeEvent


@pytest.mark.parametrize(
    ("_case", "state", "event", "hours", "expected"),
    [
        ("first", S.WARNING, E.OPENED, None, S.NEEDS_RESPONSE),
        ("later", S.NEEDS_RESPONSE, E.LOST, 1, S.LOST),
        ("older than what is known", S.WON, E.OPENED, -1, S.WON),
        ("opened in the second in which it was won", S.WON, E.OPENED, 0, S.WON),
        ("the next stage takes it again", S.WON, E.OPENED, 1, S.NEEDS_RESPONSE),
        ("told again", S.LOST, E.LOST, 1, S.LOST),
        ("a bank cancels its return", S.LOST, E.WON, 1, S.WON),
        ("nobody waited for an answer any more", S.UNDER_REVIEW, E.EXPIRED, 1, S.UNDER_REVIEW),
        ("the time to answer is over", S.NEEDS_RESPONSE, E.EXPIRED, 1, S.EXPIRED),
        ("what is lost cannot be opened", S.LOST, E.OPENED, 1, Contradicted(S.LOST, E.OPENED)),
        ("withdrawn is over", S.WITHDRAWN, E.LOST, 1, Contradicted(S.WITHDRAWN, E.LOST)),
    ],
)
def test_a_fact_moves_a_dispute_unless_it_is_old(
    _case: str,
    state: DisputeState,
    event: DisputeEvent,
    hours: int | None,
    expected: DisputeState | Contradicted,
) -> None:
    occurred = None if hours is None else MONDAY + hours * HOUR
    assert decide(Standing(state, MONDAY), event, occurred_at=occurred) == expected


@pytest.mark.parametrize(
    "story",
    [
        (E.WARNED, E.OPENED, E.SUBMITTED, E.WON),
        (E.OPENED, E.SUBMITTED, E.LOST),
        (E.OPENED, E.WON, E.OPENED, E.LOST),
        (E.LOST, E.WON),
        (E.WARNED, E.WITHDRAWN),
    ],
)
def test_any_order_of_arrival_ends_in_one_state_with_one_sum(
    story: tuple[DisputeEvent, ...],
) -> None:
    # given what happened, an hour apart each
    told = [(MONDAY + n * HOUR, event) for n, event in enumerate(story)]
    ends = {arrived(order) for order in permutations(told)}
    # then neither the end nor what is held and lost depends on the order of arrival
    assert len(ends) == 1, ends


def arrived(order: tuple[tuple[datetime, DisputeEvent], ...]) -> tuple[DisputeState, int, int]:
    """Apply facts as they arrive; return the state, what is gone, and what of it is lost."""
    known, taken, gone, lost = Standing(S.WARNING, None), False, 0, 0
    for occurred, event in order:
        after = decide(known, event, occurred_at=occurred)
        assert isinstance(after, DisputeState), (order, after)
        for leg in legs(known.state, after, was_taken=taken):
            gone += {Leg.HOLD: 1, Leg.RETURN: -1}.get(leg, 0)
            lost += {Leg.LOSE: 1, Leg.REGAIN: -1}.get(leg, 0)
            taken = taken or leg is Leg.HOLD
        newest = occurred if known.told_at is None else max(known.told_at, occurred)
        known = Standing(after, newest)
    return known.state, gone, lost


@pytest.mark.parametrize(
    ("before", "after", "was_taken", "expected"),
    [
        (S.WARNING, S.NEEDS_RESPONSE, False, (Leg.HOLD,)),
        (S.WARNING, S.WITHDRAWN, False, ()),
        (S.WARNING, S.LOST, False, (Leg.HOLD, Leg.LOSE)),
        (S.WARNING, S.WON, False, (Leg.HOLD, Leg.RETURN)),
        (S.WARNING, S.WON, True, ()),
        (S.NEEDS_RESPONSE, S.UNDER_REVIEW, True, ()),
        (S.NEEDS_RESPONSE, S.EXPIRED, True, ()),
        (S.NEEDS_RESPONSE, S.ACCEPTED, True, (Leg.LOSE,)),
        (S.UNDER_REVIEW, S.WON, True, (Leg.RETURN,)),
        (S.ACCEPTED, S.LOST, True, ()),
        (S.WON, S.LOST, True, (Leg.HOLD, Leg.LOSE)),
        (S.LOST, S.WON, True, (Leg.REGAIN, Leg.RETURN)),
    ],
)
def test_money_moves_with_the_state_and_only_with_it(
    before: DisputeState, after: DisputeState, was_taken: bool, expected: tuple[Leg, ...]
) -> None:
    assert legs(before, after, was_taken=was_taken) == expected


@pytest.mark.parametrize(
    ("room_minor", "expected"), [(1000, 700), (700, 700), (300, 300), (0, 0), (-5, 0)]
)
def test_only_what_we_still_have_is_held(room_minor: int, expected: int) -> None:
    assert held_minor(700, room_minor=room_minor) == expected


@pytest.mark.parametrize(
    ("_case", "psp_ref", "event", "expected"),
    [
        ("its own name", "dp_2", E.LOST, 1),
        ("a new name begins another", "dp_3", E.OPENED, None),
        ("a line of a new take", None, E.OPENED, 0),
        ("a line of a return", None, E.WON, 1),
    ],
)
def test_a_fact_finds_its_dispute(
    _case: str, psp_ref: str | None, event: DisputeEvent, expected: int | None
) -> None:
    known = [Candidate("dp_1", 1000, S.WON), Candidate("dp_2", 1000, S.NEEDS_RESPONSE)]
    assert which(known, psp_ref=psp_ref, event=event, amount_minor=1000) == expected


def test_what_a_line_began_is_named_by_the_webhook_of_its_amount() -> None:
    known = [Candidate(None, 400, S.NEEDS_RESPONSE), Candidate(None, 600, S.NEEDS_RESPONSE)]
    assert which(known, psp_ref="dp_1", event=E.OPENED, amount_minor=600) == 1
    assert which(known, psp_ref="dp_1", event=E.OPENED, amount_minor=500) is None


def test_a_machine_never_charges_again_what_the_payer_says_was_not_allowed() -> None:
    assert {reason for reason in DisputeReason if stops_mit(reason)} == {
        DisputeReason.FRAUD,
        DisputeReason.CANCELED_RECURRING,
        DisputeReason.NOT_AUTHORISED,
    }


@pytest.mark.parametrize(
    ("kind", "reason", "expected"),
    [
        (DisputeKind.BANK_RETURN, DisputeReason.INSUFFICIENT_FUNDS, "insufficient_funds"),
        (DisputeKind.BANK_RETURN, DisputeReason.NOT_AUTHORISED, "revoked"),
        (DisputeKind.CARD, DisputeReason.INSUFFICIENT_FUNDS, "revoked"),
    ],
)
def test_only_a_debit_without_funds_is_tried_again_by_machine(
    kind: DisputeKind, reason: DisputeReason, expected: str
) -> None:
    assert category_of(kind, reason) is DeclineCategory(expected)


def test_we_answer_a_day_before_the_provider_wants_it() -> None:
    assert answer_by(MONDAY) == MONDAY - timedelta(hours=24)


@pytest.mark.parametrize(
    ("room", "over", "shifted"),
    [
        (0, [5], [0]), (3, [5], [3]), (9, [5], [5]), (7, [5, 5], [5, 2]), (-1, [5], [0]),
        (4, [0, 5], [0, 4]), (4, [], []),
    ],
)  # fmt: skip
def test_what_comes_back_is_taken_from_what_is_over_in_order(
    room: int, over: list[int], shifted: list[int]
) -> None:
    assert shift(room, over) == shifted


@pytest.mark.parametrize(
    ("held", "earned", "expected"),
    [
        ([1199], 499, [700]),
        ([499], 499, [0]),
        ([600], 499, [101]),
        ([499, 700], 499, [499, 201]),
        ([100], -5, [100]),  # refunds under way promise more than is left
    ],
)
def test_disputes_have_what_was_earned_before_credit_stands_for_them(
    held: list[int], earned: int, expected: list[int]
) -> None:
    assert unearned(held, earned_minor=earned) == expected
