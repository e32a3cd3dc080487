"""Bear failures of our own: nobody loses service for them, and people are told."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledgerline.base.db import Tx
from ledgerline.base.ids import Bucket, bucket_of, reference_id
from ledgerline.entitlements import store as entitlements
from ledgerline.entitlements.rows import LongerRow
from ledgerline.payments import exceptions
from ledgerline.payments.model import (
    AttemptState,
    DeclineCategory,
    Reading,
    RefundState,
)
from ledgerline.payments.rows.attempts import AttemptRow
from ledgerline.payments.rows.exceptions import ClosedRow, ExceptionRow
from ledgerline.payments.rows.payments import PaymentRow
from ledgerline.payments.rows.refunds import RefundRow
from ledgerline.payments.rules.exceptions import Reason
from ledgerline.payments.unasked import UNSTARTED

REQUEST_REFUSED: Final = DeclineCategory.REQUEST_REFUSED
UNKNOWN_LONG: Final = timedelta(hours=24)
NOBODY: Final = Bucket(0)  # a merchant account belongs to no customer


class Told(NamedTuple):
    """Something that a provider told, and the attempt or refund it is about, where that is ours."""

    psp_account: str
    event_key: str
    alarm: str
    subject: UUID | None


class OwnFailure(NamedTuple):
    """A try at an account that executed nothing, and when the next one follows."""

    payment: PaymentRow
    psp_account: str
    reading: Reading
    again_at: datetime


async def bear_own_failures_in(tx: Tx, failures: Sequence[OwnFailure], *, now: datetime) -> None:
    """Extend grace by the time until the next try, and open exceptions: one an account.

    Called by ``settle_attempt`` for renewals. One failure may be chance and opens none, unless the
    provider refuses the merchant; what only waited in our queue never does. A request that was not
    understood says nothing about its account: it opens one of its payment.
    """
    await entitlements.extend_grace(
        tx,
        [
            LongerRow(
                bucket=one.payment.bucket,
                invoice_id=one.payment.invoice_id,
                seconds=int((one.again_at - now).total_seconds()),
            )
            for one in failures
            if one.again_at > now
        ],
        now=now,
    )
    refused = [one for one in failures if one.reading.category is REQUEST_REFUSED]
    lasting = {
        one.psp_account: one.reading
        for one in failures
        if one.reading.code != UNSTARTED
        and one.reading.category is not REQUEST_REFUSED
        and (one.payment.own_failures or one.reading.category is not None)
    }
    rows = [
        ExceptionRow(
            bucket=one.payment.bucket,
            subject_id=one.payment.id,
            reason=Reason.REQUEST_REFUSED,
            detail=f"{one.psp_account} did not understand the request ({one.reading.code})",
            opened_at=now,
        )
        for one in refused
    ]
    if rows or lasting:
        await exceptions.add_exceptions(tx, [*rows, *_of_accounts(lasting, now=now)])


async def open_account_exceptions_in(
    tx: Tx, accounts: Mapping[str, Reading], *, now: datetime
) -> None:
    """Tell people of accounts at which nothing is executed; one exception an account is open."""
    if not accounts:
        return
    await exceptions.add_exceptions(tx, _of_accounts(accounts, now=now))


async def open_unmatched_in(tx: Tx, events: Mapping[str, str], *, now: datetime) -> None:
    """Tell people of accounts whose events came to nothing; ``events`` says why, by account."""
    if events:
        await exceptions.add_exceptions(
            tx,
            [
                ExceptionRow(
                    bucket=NOBODY,
                    subject_id=subject_of(account),
                    reason=Reason.EVENTS_UNMATCHED,
                    detail=f"{account}: {why}",
                    opened_at=now,
                )
                for account, why in sorted(events.items())
            ],
        )


async def open_told_in(tx: Tx, told: Sequence[Told], *, now: datetime) -> None:
    """Tell people of what providers told and no machine acts on: one exception a subject."""
    said: dict[UUID, list[str]] = {}
    for one in told:
        subject = one.subject or subject_of(one.psp_account)
        said.setdefault(subject, []).append(
            f"{one.psp_account}: {one.alarm} (event {one.event_key})"
        )
    accounts = {subject_of(one.psp_account) for one in told}
    await exceptions.tell_exceptions(
        tx,
        [
            ExceptionRow(
                bucket=NOBODY if subject in accounts else bucket_of(subject),
                subject_id=subject,
                reason=Reason.PROVIDER_TOLD,
                detail="; ".join(details),
                opened_at=now,
            )
            for subject, details in sorted(said.items())
        ],
    )


async def open_unknown_in(
    tx: Tx, unknown: Sequence[AttemptRow | RefundRow], *, now: datetime
) -> None:
    """Tell people of attempts or refunds that nobody could say anything of for a day.

    What its provider holds (a bank debit, for days) is not unknown until it cannot be asked.
    """
    rows = [
        ExceptionRow(
            bucket=one.bucket,
            subject_id=one.id,
            reason=Reason.UNKNOWN_TOO_LONG,
            detail=f"{one.psp_account} was asked {one.looks} times and gave no proof",
            opened_at=now,
        )
        for one in unknown
        if (since := _unknown_since(one)) is not None and now - since >= UNKNOWN_LONG
    ]
    if rows:
        await exceptions.add_exceptions(tx, rows)


def _unknown_since(one: AttemptRow | RefundRow) -> datetime | None:
    """Say since when nobody knows: of a refund, since it was sent, once its answer was lost."""
    if isinstance(one, AttemptRow):
        return one.unknown_since
    return one.sent_at if one.state == RefundState.UNKNOWN else None


async def close_unknown_in(
    tx: Tx, ended: Sequence[AttemptRow | RefundRow], *, now: datetime
) -> None:
    """Close what was told of those that came to their end, or that their provider holds.

    Proof is of the amount that was asked for, so another amount that was told before is over too.
    Of what was never unknown nobody was told. Nobody goes by age here: whoever told people may have
    had a later clock.
    """
    rows = [
        ClosedRow(one.bucket, one.id, Reason.UNKNOWN_TOO_LONG)
        for one in ended
        if one.looks or one.state == AttemptState.UNKNOWN  # the word of a refund is the same
    ]
    rows += [
        ClosedRow(one.bucket, one.id, Reason.AMOUNT_DIFFERS)
        for one in ended
        if one.state == AttemptState.UNKNOWN
    ]
    await exceptions.close_exceptions(tx, rows, now=now)


async def forgive_in(tx: Tx, paid: Sequence[tuple[PaymentRow, str]], *, now: datetime) -> None:
    """Close the exceptions of payments that are paid after all, and of their accounts."""
    after_all = [(payment, account) for payment, account in paid if payment.own_failures]
    if after_all:
        closed = [ClosedRow(one.bucket, one.id, Reason.REQUEST_REFUSED) for one, _ in after_all]
        await exceptions.close_exceptions(tx, closed, now=now)
        await close_account_exceptions_in(tx, [account for _, account in after_all], now=now)


async def close_account_exceptions_in(tx: Tx, accounts: Iterable[str], *, now: datetime) -> int:
    """Close the exceptions of accounts that execute again; counts them."""
    return await exceptions.close_exceptions(
        tx,
        [
            ClosedRow(NOBODY, subject_of(one), Reason.ACCOUNT_REFUSES_US)
            for one in sorted(set(accounts))
        ],
        now=now,
    )


def _of_accounts(accounts: Mapping[str, Reading], *, now: datetime) -> list[ExceptionRow]:
    return [
        ExceptionRow(
            bucket=NOBODY,
            subject_id=subject_of(account),
            reason=Reason.ACCOUNT_REFUSES_US,
            detail=f"{account}: nothing was executed ({reading.code})",
            opened_at=now,
        )
        for account, reading in sorted(accounts.items())
    ]


def subject_of(account: str) -> UUID:
    """Return the id under which the exceptions of a merchant account are kept."""
    return reference_id("psp_account", account)
