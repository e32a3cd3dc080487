"""Who works at the console: how an address is written, and that somebody may do everything."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from ledgerline.access.model import (
    EmailRefused,
    LastOwner,
    MayNotManage,
    OwnersOnly,
    OwnRole,
    PersonNotFound,
    Role,
)
from ledgerline.access.rows import PersonRow
from ledgerline.base.ids import PREFIXES, PersonId, WrongIdKind, decode, encode

MANAGERS: Final = frozenset({Role.OWNER, Role.ADMIN})
"""Who says who works here."""
_EMAIL: Final = re.compile(r"[^\s@]{1,64}@[^\s@]{1,190}")


def email_of(text: str) -> str:
    """Write an e-mail address as it is compared; raises ``EmailRefused``."""
    written = text.strip().lower()
    if not _EMAIL.fullmatch(written):
        raise EmailRefused("an e-mail address has an @ and no spaces")
    return written


def actor_of(person_id: PersonId) -> str:
    """Return the name under which a person acts: their id, which no integration can bear."""
    return encode(PREFIXES["person"], person_id)


def person_in(actor: str) -> PersonId | None:
    """Return whose name an actor's is; None for an API key or a command line."""
    try:
        return PersonId(decode(PREFIXES["person"], actor))
    except WrongIdKind:
        return None


def found_in(people: Sequence[PersonRow], named: str) -> PersonRow:
    """Find a person by id or e-mail address; raises ``PersonNotFound``."""
    for one in people:
        if named.strip().lower() in {one.email, actor_of(one.id)}:
            return one
    raise PersonNotFound("nobody here has this address or id", person=named)


def require_owner(
    people: Sequence[PersonRow], changed: PersonId, role: str, disabled_at: datetime | None
) -> None:
    """Refuse a change after which nobody is left who may do everything; raises ``LastOwner``.

    Where nobody was before, nothing is lost.
    """
    owners = {one.id for one in people if one.role == Role.OWNER and one.disabled_at is None}
    stays = role == Role.OWNER and disabled_at is None
    if owners == {changed} and not stays:
        raise LastOwner("make somebody else an owner first")


def require_may_manage(
    people: Sequence[PersonRow], actor: str, changed: PersonId | None, roles: Iterable[str]
) -> None:
    """Refuse what an actor may not do about somebody who has, or gets, one of ``roles``.

    Whoever runs commands has the authority of the shell. Raises ``MayNotManage``, ``OwnRole`` and
    ``OwnersOnly``: nobody raises themself, nor makes an owner who then could.
    """
    acting = person_in(actor)
    if acting is None:
        return
    found = [one for one in people if one.id == acting and one.disabled_at is None]
    if not found or found[0].role not in MANAGERS:
        raise MayNotManage("owners and admins say who works here")
    if changed == acting:
        raise OwnRole("somebody else does that for you")
    if found[0].role != Role.OWNER and Role.OWNER in roles:
        raise OwnersOnly("an owner does that")
