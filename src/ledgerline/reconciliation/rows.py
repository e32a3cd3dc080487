"""Rows of settlement files, their lines and totals, and of payouts."""

from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from ledgerline.base.ids import SettlementFileId


class HeldRow(NamedTuple):
    """That an account is held for one import at a time."""

    held: bool


class ReversedRow(NamedTuple):
    """The payout that a line puts back into the balance."""

    subject_id: UUID | None


class NamedPayoutRow(NamedTuple):
    """A payout that a line may be of; ``seller_code`` bears what is nobody's of its file."""

    id: UUID
    psp_account: str
    reference: str
    currency: str
    amount_minor: int
    state: str
    seller_code: str


class DisputeLineRow(NamedTuple):
    """A line that is of a dispute of a charge."""

    subject_id: UUID | None
    gross_minor: int


class FileRow(NamedTuple):
    """A settlement file; ``seller_code`` bears what belongs to no payment, ``why`` is its fault."""

    id: SettlementFileId
    psp_account: str
    sha256: bytes
    format: str
    reference: str
    seller_code: str
    state: str
    why: str | None
    corrects: SettlementFileId | None
    lines: int
    first_on: date
    last_on: date
    imported_at: datetime


class LineRow(NamedTuple):
    """A line and what of ours it is.

    ``suspense_minor`` of its gross stands in suspense; ``id`` names a line that is posted alone.
    """

    file_id: SettlementFileId
    line_no: int
    kind: str
    reference: str | None
    psp_ref: str | None
    gross_minor: int
    gross_currency: str
    fee_minor: int
    net_minor: int
    currency: str
    settled_on: date
    match: str
    subject_id: UUID | None
    seller_code: str
    suspense_minor: int
    id: UUID | None


class MatchRow(NamedTuple):
    """What a line turned out to be."""

    file_id: SettlementFileId
    line_no: int
    match: str
    subject_id: UUID | None
    suspense_minor: int
    id: UUID | None


class TakenRow(NamedTuple):
    """A charge or refund that has a line, and of which kind."""

    subject_id: UUID
    kind: str


class TotalRow(NamedTuple):
    """What the lines of a file come to for one seller and pair of currencies.

    ``turnover_minor`` is the gross of payers in whichever direction, of which ``explained_minor``
    is matched; both and ``gross_minor`` in the currency of the charges. The others are in that of
    the payout: ``fee_minor`` without the tax on it, ``net_minor`` but for the payout, and what of
    that is paid out.
    """

    file_id: SettlementFileId
    seller_code: str
    gross_currency: str
    currency: str
    lines: int
    turnover_minor: int
    explained_minor: int
    gross_minor: int
    fee_minor: int
    tax_minor: int
    net_minor: int
    paid_minor: int


class ExplainedRow(NamedTuple):
    """By how much more of a file is explained."""

    file_id: SettlementFileId
    seller_code: str
    gross_currency: str
    currency: str
    explained_minor: int


class PayoutRow(NamedTuple):
    """A payout, and what became of it.

    ``bank_minor`` is what the bank received of it, less what it took back; ``reversed_minor`` what
    is in the provider's balance again. ``failed_by`` says who told of that, ``failed_note`` what a
    person wrote. ``step_no`` counts what happened to it.
    """

    id: UUID
    psp_account: str
    reference: str
    file_id: SettlementFileId
    amount_minor: int
    currency: str
    announced_on: date
    state_before: str
    state_event: str
    state: str
    step_no: int
    paid_on: date | None
    bank_minor: int | None
    bank_note: str | None
    returned_on: date | None
    failed_on: date | None
    failed_by: str | None
    failed_note: str | None
    reversed_minor: int | None


class PayoutsAsked(NamedTuple):
    """Which payouts are listed: of an account, in some states, announced before that of an id."""

    psp_account: str | None
    states: list[str] | None
    before: UUID | None
    limit: int


class PayoutStepRow(NamedTuple):
    """What happened to a payout.

    ``amount_minor`` came to the bank or, where it failed, to the provider's balance; negative it
    left there again. ``n`` is the number of the first transfer that books it.
    """

    payout_id: UUID
    no: int
    event: str
    happened_on: date
    amount_minor: int
    note: str | None
    n: int
    recorded_at: datetime


class SpanRow(NamedTuple):
    """The days that the lines of a file are of."""

    first_on: date
    last_on: date


class VolumeRow(NamedTuple):
    """What moved at an account in a currency, and what of it is explained."""

    psp_account: str
    currency: str
    turnover_minor: int
    explained_minor: int


class FileVolumeRow(NamedTuple):
    """What moved in a file in a currency, and what of it is explained."""

    file_id: SettlementFileId
    currency: str
    turnover_minor: int
    explained_minor: int


class FileView(NamedTuple):
    """A settlement file and how many of its lines are not explained."""

    id: SettlementFileId
    psp_account: str
    format: str
    reference: str
    state: str
    why: str | None
    lines: int
    first_on: date
    last_on: date
    imported_at: datetime
    breaks: int


class UnmatchedLineView(NamedTuple):
    """A line of a file that is of nothing of ours, or not to the unit, or that waits.

    ``suspense_minor`` of its gross stands in suspense; its exception is about ``id``.
    """

    line_no: int
    kind: str
    reference: str | None
    psp_ref: str | None
    gross_minor: int
    gross_currency: str
    settled_on: date
    match: str
    subject_id: UUID | None
    suspense_minor: int
    id: UUID | None
