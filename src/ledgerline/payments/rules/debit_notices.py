"""What a payer is told before a debit, and from when on it may be sent.

Rules: N1 a debit is sent only after a notice for exactly its amount and day; another amount or day
is another notice, and its time begins anew. N5 the strictest of scheme, provider and mandate holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from ledgerline.payments.debits import Announced
from ledgerline.payments.rows.mandates import SchemeRuleRow
from ledgerline.payments.rules.bank_days import Scheme

SPARE_BANK_DAYS: Final = 2
"""How much earlier than it must a debit is sent: so long may we or its provider be down."""


SCHEME_KNOWN_WITHIN: Final = timedelta(days=1)
"""How long a debit waits for its provider to tell of the mandate; then it is ours to look into."""


class NoticeUnit(StrEnum):
    """What the days of a notice are counted in."""

    DAY = "day"
    BANK_DAY = "bank_day"


@dataclass(frozen=True, slots=True)
class Terms:
    """How long before a debit its payer is told, and how long before its day it is sent.

    ``lead_bank_days`` is the longer of what the scheme and the provider ask for.
    """

    scheme: Scheme
    days: int
    unit: NoticeUnit
    lead_bank_days: int

    def earliest(self, told_on: date) -> date:
        """Return the first day on which what is told on a day may be debited."""
        if self.unit is NoticeUnit.BANK_DAY:
            return self.scheme.bank_days_after(told_on, self.days)
        return told_on + timedelta(days=self.days)

    def can_reach(self, due_on: date, *, today: date) -> bool:
        """Say whether what is sent today still reaches the banks for a day."""
        return self.scheme.bank_days_after(today, self.lead_bank_days) <= due_on

    def send_on(self, due_on: date, *, today: date) -> date:
        """Return the day on which a debit of a day is sent, with days to spare where there are."""
        spared = self.lead_bank_days + SPARE_BANK_DAYS
        return max(today, self.scheme.bank_days_before(due_on, spared))


@dataclass(frozen=True, slots=True)
class Send:
    """The debit may go now, for the day of this notice."""

    notice: Announced


@dataclass(frozen=True, slots=True)
class Wait:
    """What was told stands; the debit goes on this day."""

    send_on: date


@dataclass(frozen=True, slots=True)
class Announce:
    """Tell the payer now of the debit of ``due_on``; it may be debited from ``earliest_on`` on.

    It goes on ``send_on``, which may be today.
    """

    due_on: date
    earliest_on: date
    send_on: date


def rule_of(
    rules: Iterable[SchemeRuleRow], scheme: str | None, *, on: date
) -> SchemeRuleRow | None:
    """Return what a scheme asks for on a day; None where nobody wrote that down."""
    held = [one for one in rules if one.scheme == scheme and one.valid_from <= on]
    return max(held, key=lambda one: one.valid_from, default=None)


def has_no_notice(
    *, has_mandate: bool, scheme: str | None, has_rule: bool, waited: timedelta
) -> bool:
    """Say whether a debit that is ours to announce can never be: nobody knows how long before.

    ``scheme`` is None while the provider has not told it; that is waited for, but not for ever. One
    without a mandate on record was stored as if it were a card.
    """
    if not has_mandate:
        return True
    return not has_rule and (scheme is not None or waited >= SCHEME_KNOWN_WITHIN)


def terms_of(
    rule: SchemeRuleRow, scheme: Scheme, *, agreed_days: int | None, lead_bank_days: int
) -> Terms:
    """Return what holds for a mandate: less than the scheme's days only if its text says so.

    It never agrees to less than is the least, nor to more than the scheme asks for anyway.
    """
    agreed = rule.notice_days if agreed_days is None else agreed_days
    days = min(max(agreed, rule.notice_days_min), rule.notice_days)
    lead = max(rule.submit_bank_days, lead_bank_days)
    return Terms(scheme, days, NoticeUnit(rule.notice_unit), lead)


def decide(
    terms: Terms, amount_minor: int, told: Announced | None, *, today: date, payer_is_here: bool
) -> Send | Wait | Announce:
    """Decide what becomes of a debit that is due today, with the newest notice of its payment.

    A notice of another amount, or whose day cannot be reached any more, is none. A payer who is
    here sees the day, and their debit goes to the provider at once; it reaches their bank no sooner
    for that. A machine waits for as long as it can, so that what changes meanwhile changes nothing
    that is sent.
    """
    stands = (
        told is not None
        and told.amount_minor == amount_minor
        and terms.can_reach(told.due_on, today=today)
    )
    if told is None or not stands:
        earliest = terms.earliest(today)
        reachable = terms.scheme.bank_days_after(today, terms.lead_bank_days)
        due_on = terms.scheme.bank_day(max(earliest, reachable))
        send_on = today if payer_is_here else terms.send_on(due_on, today=today)
        return Announce(due_on, earliest, send_on)
    send_on = terms.send_on(told.due_on, today=today)
    return Send(told) if payer_is_here or send_on <= today else Wait(send_on)
