"""Rows of webhooks that came in."""

from datetime import datetime
from typing import NamedTuple


class NewInboxRow(NamedTuple):
    """A verified webhook as it came in."""

    psp_account: str
    event_key: str
    event_type: str
    reference: str | None
    body: bytes
    received_at: datetime


class InboxRow(NamedTuple):
    """A webhook that waits in the inbox."""

    psp_account: str
    event_key: str
    event_type: str
    reference: str | None
    tries: int
    received_at: datetime


class InboxEndRow(NamedTuple):
    """What became of a webhook."""

    psp_account: str
    event_key: str
    state: str
    due_at: datetime | None
