"""Hold down how often passwords are tried, whatever process is asked, also after a restart."""

from typing import NamedTuple

from ledgerline.access import store as access
from ledgerline.access.rules.passwords import (
    KNOWN_FOR,
    PAIR_MAX,
    PERSON_MAX,
    PLACE_MAX,
    WINDOW,
    is_known,
    require_calm,
)
from ledgerline.base.run import Run
from ledgerline.flows.make_sign_in_link import hash_secret

_SWEPT = 20


class Trying(NamedTuple):
    """Whose password is tried, and from which network address."""

    email: str
    place: str


class Keys(NamedTuple):
    """What tries are counted by."""

    person: bytes
    place: bytes
    pair: bytes


async def count_sign_in(run: Run, trying: Trying) -> None:
    """Count a try before it is made; raises ``TooManySignIns``, for people and nobody alike.

    What is refused for its network address counts against nobody, so one stranger locks no one
    out; an address that a person signed in from within ninety days is not held back by others.
    """
    now, keys = run.wall(), keys_of(run, trying)
    over = now - WINDOW
    async with run.transaction() as tx:
        await access.forget_counts(tx, before=now - KNOWN_FOR, limit=_SWEPT)
        place = await access.count_try(tx, key_hash=keys.place, now=now, over=over)
    require_calm(place, PLACE_MAX, now=now)
    async with run.transaction() as tx:
        pair = await access.count_try(tx, key_hash=keys.pair, now=now, over=over)
    require_calm(pair, PAIR_MAX, now=now)
    async with run.transaction() as tx:
        person = await access.count_try(tx, key_hash=keys.person, now=now, over=over)
    if not is_known(pair, now=now):
        require_calm(person, PERSON_MAX, now=now)


def keys_of(run: Run, trying: Trying) -> Keys:
    """Name the counts by keyed hashes: neither addresses nor who was tried can be read there."""
    email, place = trying
    return Keys(
        hash_secret(run, "sign-in of", email),
        hash_secret(run, "sign-in from", place),
        hash_secret(run, "sign-in of from", f"{email}\0{place}"),
    )
