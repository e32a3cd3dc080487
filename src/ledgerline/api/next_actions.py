"""What payers have to do before a payment goes on, and going on once they are back."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from ledgerline.api.operations import Call
from ledgerline.api.shapes import utc
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.ids import AttemptId, SetupId
from ledgerline.base.log import logger
from ledgerline.flows.ask_payer import open_action
from ledgerline.flows.settle_setup import open_setup_action

ResultText = Annotated[str, Meta(pattern="^[!-~]+$", max_length=8192)]
REDIRECT: Final = "redirect"
_log: Final = logger(__name__)


class NextAction(Struct, frozen=True, kw_only=True):
    """Where to send the payer, until when; they come back to the ``return_url`` of the request."""

    type: str = REDIRECT
    url: str
    expires: datetime


class ConfirmBody(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the payer brought back in the address, where their provider gave them something."""

    result: ResultText | None = None


def next_action(
    call: Call, attempt_id: UUID | None, sealed: bytes | None, expires_at: datetime | None
) -> NextAction | None:
    """Open what the payer of an attempt has to do; None while nothing is asked of them."""
    if attempt_id is None or sealed is None or expires_at is None or expires_at <= call.run.now():
        return None
    return _opened(
        attempt_id, lambda: open_action(call.run, AttemptId(attempt_id), sealed), expires_at
    )


def setup_action(
    call: Call, setup_id: SetupId, sealed: bytes | None, expires_at: datetime | None
) -> NextAction | None:
    """Do the same for a set-up."""
    if sealed is None or expires_at is None or expires_at <= call.run.now():
        return None
    return _opened(setup_id, lambda: open_setup_action(call.run, setup_id, sealed), expires_at)


def _opened(subject: UUID, reveal: Callable[[], str], expires_at: datetime) -> NextAction | None:
    try:
        url = reveal()
    except CannotDecrypt as failure:  # how it stands can be read all the same
        _log.error("action unreadable", subject=str(subject), failure=str(failure))
        return None
    return NextAction(url=url, expires=utc(expires_at))
