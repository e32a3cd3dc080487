"""Rows of mandates, what was told of them, and what schemes ask for."""

from datetime import date, datetime
from typing import NamedTuple

from ledgerline.base.ids import (
    Bucket,
    CustomerId,
    MandateId,
    PaymentId,
    PaymentMethodId,
    SubscriptionId,
)


class NewMandateRow(NamedTuple):
    """A mandate to keep; its state is told later."""

    bucket: Bucket
    id: MandateId
    customer_id: CustomerId
    payment_method_id: PaymentMethodId
    psp_account: str
    psp_token: str
    scheme: str | None
    reference: str | None
    notice_days: int | None
    text_version: str | None
    accepted_at: datetime | None
    ip_hash: bytes | None
    look_at: datetime
    created_at: datetime


class MandateRow(NamedTuple):
    """One mandate as flows see it; ``notice_days`` is what its text agreed to, if to anything."""

    bucket: Bucket
    id: MandateId
    customer_id: CustomerId
    payment_method_id: PaymentMethodId
    psp_account: str
    psp_token: str
    scheme: str | None
    reference: str | None
    notice_days: int | None
    text_version: str | None
    accepted_at: datetime | None
    ip_hash: bytes | None
    state: str
    state_before: str
    state_event: str
    replaced_by: str | None
    last_debit_on: date | None
    lapses_on: date | None
    look_at: datetime | None
    fact_no: int
    event_seq: int
    created_at: datetime


class MandateFactRow(NamedTuple):
    """What was told of a mandate; ``rank`` orders what happened at one instant."""

    bucket: Bucket
    mandate_id: MandateId
    no: int
    fact_key: str
    event: str
    rank: int
    source: str
    cause: str | None
    replaced_by: str | None
    occurred_at: datetime
    recorded_at: datetime


class MandateStepRow(NamedTuple):
    """Where a mandate stands by its facts."""

    bucket: Bucket
    id: MandateId
    scheme: str | None
    reference: str | None
    state: str
    state_before: str
    state_event: str
    replaced_by: str | None
    lapses_on: date | None
    look_at: datetime | None
    fact_no: int
    event_seq: int


class NamedMandateRow(NamedTuple):
    """Where a mandate is that a provider names."""

    bucket: Bucket
    id: MandateId
    payment_method_id: PaymentMethodId


class DebitedRow(NamedTuple):
    """A mandate whose debit brought money, and the day from which it counts its rest."""

    bucket: Bucket
    id: MandateId
    debited_on: date


class WaitingRow(NamedTuple):
    """A payment that a machine is to try later."""

    bucket: Bucket
    id: PaymentId
    subscription_id: SubscriptionId


class SchemeRuleRow(NamedTuple):
    """What a scheme asks for from a day on.

    A payer is told ``notice_days`` before, in days or bank days as ``notice_unit`` says; a mandate
    may agree to fewer, but to no fewer than ``notice_days_min``. A debit goes to the banks
    ``submit_bank_days`` before its day. A mandate lapses ``lapse_months`` after its last debit.
    """

    scheme: str
    valid_from: date
    notice_days: int
    notice_unit: str
    notice_days_min: int
    submit_bank_days: int
    lapse_months: int | None


class DebitNoticeRow(NamedTuple):
    """What a payer was told before a debit, in column order."""

    bucket: Bucket
    payment_id: PaymentId
    no: int
    mandate_id: MandateId
    currency: str
    amount_minor: int
    due_on: date
    notice_days: int
    notice_unit: str
    given_on: date
    earliest_on: date
    given_at: datetime


class StandingNoticeRow(NamedTuple):
    """The newest notice of a payment."""

    payment_id: PaymentId
    no: int
    mandate_id: MandateId
    amount_minor: int
    due_on: date
