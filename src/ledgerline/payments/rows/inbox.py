"""Rows of webhooks that came in."""

from datetime import datetime
from typing import NamedTuple


class NewInboxRow(NamedTuple):
    """A verified webhook: its body masked, and the SHA-256 of the bytes that came in."""

    psp_account: str
    event_key: str
    event_type: str
    reference: str | None
    body: bytes
    body_sha256: bytes
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
