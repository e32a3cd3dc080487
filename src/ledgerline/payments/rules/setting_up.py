"""What a reading means for a set-up: the only rule by which one ends."""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from ledgerline.payments.model import Outcome, Reading
from ledgerline.payments.rules.ladder import Wish, next_look, proves_nothing
from ledgerline.payments.rules.settlement import AskPayer, Ignore, LookAgain
from ledgerline.payments.setups import GivenMandate, Saved, SetupState

# What the column takes; providers say more. Of bank accounts two may be told, also letters.
_LAST4: Final = re.compile(r"[0-9A-Z]{2,4}", re.ASCII)
NEVER_CAME_AFTER: Final = timedelta(days=1)
SETUP_ENDED: Final = frozenset({SetupState.SUCCEEDED, SetupState.FAILED, SetupState.NOT_EXECUTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupFacts:
    """What is known of a set-up under its lock, with what was given when it began.

    Until ``act_until`` its payer may be asked to act; None where nobody can be sent anywhere, or
    where nobody wants it any more.
    """

    state: SetupState
    looks: int
    token: str | None
    brand: str | None
    last4: str | None
    act_until: datetime | None


@dataclass(frozen=True, slots=True)
class Keep:
    """It succeeded: this can be charged from now on, and people know it by brand and digits."""

    token: str
    brand: str
    last4: str
    mandate: GivenMandate | None = None


@dataclass(frozen=True, slots=True)
class End:
    """It came to nothing."""

    state: SetupState


@dataclass(frozen=True, slots=True)
class StillAsks:
    """Its payer has not done yet what they were asked for: nothing changes but the next look."""

    at: datetime


SetupVerdict = Keep | End | LookAgain | AskPayer | StillAsks | Ignore


def setup_wish(*, canceled: bool, expires_at: datetime, now: datetime) -> Wish:
    """Say whether a set-up is still wanted."""
    if canceled:
        return Wish.GIVEN_UP
    return Wish.WANTED if now < expires_at else Wish.LATE


def never_came(reading: Reading, *, wish: Wish, age: timedelta) -> bool:
    """Say whether a set-up that nobody wants any more is over because nobody there knows of it.

    A charge would never end so: it might still arrive. A set-up that does charges nothing, and
    what it gives is used by nobody; a call is not under way for a day.
    """
    return reading.outcome is Outcome.ABSENT and wish is not Wish.WANTED and age >= NEVER_CAME_AFTER


def setup_verdict(facts: SetupFacts, reading: Reading, *, now: datetime) -> SetupVerdict:
    """Decide what ``reading`` does. Age alone never ends a set-up that is wanted; an end stands.

    A success that does not say what can be charged and how people know it, where that was not
    given either, is looked at again: nobody could use it.
    """
    if facts.state in SETUP_ENDED:
        return Ignore()
    match reading.outcome:
        case Outcome.SUCCEEDED:
            return _kept(facts, reading.saved) or _look_again(facts, reading, now=now)
        case Outcome.DECLINED:
            return End(SetupState.FAILED)
        case Outcome.NOT_EXECUTED if not proves_nothing(reading, looks=facts.looks):
            return End(SetupState.NOT_EXECUTED)
        case Outcome.REQUIRES_ACTION:
            return _of_action(facts, reading, now=now)
        case Outcome.PENDING | Outcome.UNKNOWN | Outcome.ABSENT | Outcome.NOT_EXECUTED:
            return _look_again(facts, reading, now=now)


def _kept(facts: SetupFacts, told: Saved | None) -> Keep | None:
    """Join what the provider says and what was given; its own word comes first."""
    token, brand, last4 = facts.token, facts.brand, facts.last4
    if told is not None:
        token, brand = told.token, told.brand or brand
        last4 = told.last4 if told.last4 is not None and _LAST4.fullmatch(told.last4) else last4
    if token is None or brand is None or last4 is None:
        return None
    return Keep(token, brand, last4, None if told is None else told.mandate)


def _of_action(
    facts: SetupFacts, reading: Reading, *, now: datetime
) -> AskPayer | StillAsks | LookAgain:
    """Ask the payer; a provider that does not say where they were sent leaves them their page."""
    action, latest = reading.action, facts.act_until
    if latest is None or now >= latest:
        return _look_again(facts, reading, now=now)
    if action is None and facts.state is SetupState.REQUIRES_ACTION:
        return StillAsks(min(next_look(facts.looks, now), latest))
    if action is None:
        return _look_again(facts, reading, now=now)
    until = min(action.expires_at or latest, latest)
    if now >= until:
        return _look_again(facts, reading, now=now)
    return AskPayer(replace(action, expires_at=until), min(next_look(facts.looks, now), until))


def _look_again(facts: SetupFacts, reading: Reading, *, now: datetime) -> LookAgain:
    at = next_look(facts.looks, now, retry_after_seconds=reading.retry_after_seconds)
    return LookAgain(at, unknown=reading.outcome is not Outcome.PENDING)
