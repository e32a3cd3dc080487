"""Rows of webhooks that came in."""

from datetime import datetime
from typing import NamedTuple


class NewInboxRow(NamedTuple):
    """A verified webhook: its body masked, and the SHA-256 of the bytes that came in.

    ``told`` is what its signed content means, as JSON; None where it means nothing for money.
    ``alarm`` is what people are told of it, ``dispute`` and ``mandate`` what it tells of one, as
    JSON.
    """

    psp_account: str
    event_key: str
    event_type: str
    reference: str | None
    told: str | None
    alarm: str | None
    dispute: str | None
    mandate: str | None
    body: bytes
    body_sha256: bytes
    received_at: datetime


class InboxRow(NamedTuple):
    """A webhook that waits in the inbox."""

    psp_account: str
    event_key: str
    event_type: str
    reference: str | None
    told: str | None
    alarm: str | None
    dispute: str | None
    mandate: str | None
    tries: int
    received_at: datetime


class InboxEndRow(NamedTuple):
    """What became of a webhook."""

    psp_account: str
    event_key: str
    state: str
    due_at: datetime | None


class StandingInboxRow(NamedTuple):
    """A webhook as it stands; ``is_named`` says that it names something that can be looked up."""

    psp_account: str
    event_key: str
    state: str
    tries: int
    is_named: bool
