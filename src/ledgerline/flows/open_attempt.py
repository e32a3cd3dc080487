"""Open an attempt of a payment whose payer is present."""

from datetime import datetime
from typing import NamedTuple

from ledgerline.base.db import Tx
from ledgerline.base.ids import AttemptId, CustomerId, PaymentId, PaymentMethodId, bucket_of
from ledgerline.base.money import Currency, Money
from ledgerline.base.run import Run
from ledgerline.flows.announce_debits import Payment, announce_debit_in, propose_notice
from ledgerline.flows.choose_accounts import (
    Asked,
    Choices,
    choose_accounts_in,
    decide_challenge_in,
    preview_account,
)
from ledgerline.flows.issue_invoices import Issues
from ledgerline.flows.limit_tries import limits_for, tries_of
from ledgerline.payments import store as payments
from ledgerline.payments.model import Initiator, Psps, SentAttempt
from ledgerline.payments.rows.mandates import StandingNoticeRow
from ledgerline.payments.rules.accounts import require_chosen
from ledgerline.payments.rules.network_limits import require_free
from ledgerline.payments.rules.retry import AwaitPayer, Retry
from ledgerline.payments.rules.sending import attempt_to_commit


class Opening(NamedTuple):
    """The ``ordinal``-th attempt of a payment; ``resume`` is the plan that it interrupts.

    ``return_url`` is where its payer comes back to if they have to act. ``told`` is the newest
    notice of the payment, where a payer has to be told of a debit; ``event_seq`` counts its events.
    """

    asked: Asked
    choices: Choices
    customer_id: CustomerId
    event_seq: int = 0
    told: StandingNoticeRow | None = None
    ordinal: int = 1
    resume: Retry | AwaitPayer | None = None
    return_url: str | None = None


class Begun(NamedTuple):
    """An attempt that is committed as sent, and how it was opened."""

    sent: SentAttempt
    opening: Opening


async def open_attempt_in(
    tx: Tx, run: Run, psps: Psps, opening: Opening, *, now: datetime
) -> Begun:
    """Choose an account and commit an attempt there as sent; then the caller sends it.

    Raises ``CardLimitReached``, ``PspAccountNotFound``, ``NoPaymentRoute`` and
    ``AccountsUnavailable`` and ``MandateNotChargeable``. A payer who has to be told of a debit
    is told here.
    """
    asked, choices = opening.asked, opening.choices
    held = limits_for(choices, asked.payment_method_id, asked.initiator, now=now)
    require_free(held, tries_of(choices, asked), now=now)
    [chosen] = await choose_accounts_in(tx, run, choices, [asked], now=now)
    require_chosen(chosen.refused)
    notice = await announce_debit_in(
        tx, run, choices, chosen.instrument, psps=psps, payment=_payment(opening)
    )
    asked = asked._replace(notice=notice)
    challenge = False
    if opening.return_url is not None and psps.capabilities(chosen.instrument.psp_account).three_ds:
        challenge = await decide_challenge_in(tx, run, chosen, asked, now=now)
    sent = psps.prepared(
        SentAttempt(
            bucket=bucket_of(asked.payment_id),
            attempt_id=asked.attempt_id,
            payment_id=asked.payment_id,
            psp_account=chosen.instrument.psp_account,
            amount=asked.amount,
            psp_token=chosen.instrument.psp_token,
            initiator=asked.initiator,
            return_url=opening.return_url,
            challenge=challenge,
            due_on=chosen.due_on(asked),
        )
    )
    row = attempt_to_commit(
        sent,
        rests_on=chosen.grounds(asked),
        ordinal=opening.ordinal,
        call_deadline=psps.call_deadline(sent.psp_account),
        now=now,
        resume=opening.resume,
    )
    await payments.add_attempts(tx, [row])
    return Begun(sent, opening)


def check_attempt(psps: Psps, opening: Opening, *, now: datetime) -> None:
    """Raise what ``open_attempt_in`` would raise, and write nothing."""
    asked, choices = opening.asked, opening.choices
    held = limits_for(choices, asked.payment_method_id, asked.initiator, now=now)
    require_free(held, tries_of(choices, asked), now=now)
    instrument, refused = preview_account(choices, asked)
    require_chosen(refused)
    propose_notice(choices, instrument, psps=psps, payment=_payment(opening), now=now)


def _payment(opening: Opening) -> Payment:
    return Payment(
        id=opening.asked.payment_id,
        customer_id=opening.customer_id,
        amount=opening.asked.amount,
        event_seq=opening.event_seq,
        last=opening.told,
    )


def first_of(
    issue: Issues,
    method_id: PaymentMethodId,
    choices: Choices,
    *,
    attempt_id: AttemptId,
    return_url: str | None = None,
) -> Opening:
    """Say what the first attempt to collect one issued invoice is."""
    return Opening(
        Asked(
            attempt_id=attempt_id,
            payment_id=PaymentId(issue.ids["payment_id"][0]),
            payment_method_id=method_id,
            market=issue.claim.market_code,
            amount=Money(issue.due_minor, Currency(issue.claim.currency)),
            initiator=Initiator.CUSTOMER,
        ),
        choices,
        CustomerId(issue.ids["customer_id"][0]),
        return_url=return_url,
    )
