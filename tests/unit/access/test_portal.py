"""When a link into the portal opens a session, and for how long that stands."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest

from ledgerline.access.rows import PortalRow
from ledgerline.access.rules.portal import LinkState, is_worth_noting, link_state, session_stands
from ledgerline.base.ids import Bucket, CustomerId, PortalSessionId

NOON: Final = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE: Final = timedelta(minutes=1)
MADE: Final = PortalRow(
    bucket=Bucket(1),
    id=PortalSessionId(UUID(int=1)),
    customer_id=CustomerId(UUID(int=2)),
    leads_to="home",
    link_hash=b"h",
    created_at=NOON,
    link_expires_at=NOON + 15 * MINUTE,
    cookie_hash=None,
    opened_at=None,
    seen_at=None,
    closed_at=None,
)
OPENED: Final = MADE._replace(cookie_hash=b"c", opened_at=NOON, seen_at=NOON)


@pytest.mark.parametrize(
    ("row", "after", "state"),
    [
        (MADE, 14 * MINUTE, LinkState.READY),
        (MADE, 15 * MINUTE, LinkState.EXPIRED),
        (MADE._replace(closed_at=NOON), MINUTE, LinkState.EXPIRED),
        (OPENED, MINUTE, LinkState.USED),
        (OPENED, 16 * MINUTE, LinkState.USED),
    ],
)
def test_a_link_is_good_once_and_for_its_time(
    row: PortalRow, after: timedelta, state: LinkState
) -> None:
    assert link_state(row, now=NOON + after) is state


@pytest.mark.parametrize(
    ("row", "after", "stands"),
    [
        (MADE, MINUTE, False),
        (OPENED, 29 * MINUTE, True),
        (OPENED, 30 * MINUTE, False),
        (OPENED._replace(seen_at=NOON + 700 * MINUTE), 719 * MINUTE, True),
        (OPENED._replace(seen_at=NOON + 719 * MINUTE), 720 * MINUTE, False),
        (OPENED._replace(closed_at=NOON), MINUTE, False),
    ],
)
def test_a_session_stands_while_it_is_used_and_not_for_ever(
    row: PortalRow, after: timedelta, *, stands: bool
) -> None:
    assert session_stands(row, now=NOON + after) is stands


def test_it_is_noted_once_a_minute_that_a_session_is_used() -> None:
    assert not is_worth_noting(OPENED, now=NOON + MINUTE / 2)
    assert is_worth_noting(OPENED, now=NOON + MINUTE)
    assert not is_worth_noting(MADE, now=NOON + MINUTE)
