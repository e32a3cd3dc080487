"""Rows of merchant accounts."""

from typing import NamedTuple


class PspAccountRow(NamedTuple):
    """A merchant account; ``settings`` are JSON, the secrets sealed under the environment's key."""

    code: str
    psp: str
    seller_code: str | None
    secrets_sealed: bytes
    status: str
    call_deadline_ms: int
    settings: str


class AccountUseRow(NamedTuple):
    """What rests on a merchant account, counted."""

    payment_methods: int
    due_payments: int
    open_attempts: int
    open_set_ups: int
    open_refunds: int


class AccountCodeView(NamedTuple):
    """A merchant account."""

    code: str
