"""Statements of access."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from ledgerline.access.model import AlreadyDone, EmailTaken, FilterRefused
from ledgerline.access.rows import (
    AgedKeyRow,
    AmountLimitRow,
    AnswerRow,
    AuditRow,
    CountRow,
    EndedSessionRow,
    FilterRow,
    GlobalKeyRow,
    IdentityRow,
    KeyRow,
    KnownRow,
    LastInRow,
    LinkOfRow,
    ListedKeyView,
    NewApiKeyRow,
    NewKeyRow,
    NewPortalRow,
    NewSessionRow,
    OldKeysRow,
    OwnLimitRow,
    PasswordRow,
    PersonRow,
    PortalRow,
    RefusalRow,
    SignInLinkRow,
    StateRow,
)
from ledgerline.base.db import Tx
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import Bucket, CustomerId, PersonId, PortalSessionId
from ledgerline.base.statements import statements

REFUSALS: Final[dict[str, type[Rejected]]] = {
    "audit_entry_key": AlreadyDone,
    "person_one_email": EmailTaken,
    "saved_filter_once": FilterRefused,
}
_SQL: Final = statements(__name__, refusals=REFUSALS)


async def claim_global_keys(tx: Tx, rows: Sequence[GlobalKeyRow]) -> list[GlobalKeyRow]:
    """Reserve keys (no two of them the same) and return who holds each now, in any order.

    A row that comes back as it was given is its owner's; another shows who was first. Whoever
    reserves a key at this moment is waited for.
    """
    return await tx.rows(
        _SQL["claim_global_keys"],
        GlobalKeyRow,
        lookup_bucket=[row.lookup_bucket for row in rows],
        kind=[row.kind for row in rows],
        key_hash=[row.key_hash for row in rows],
        bucket=[row.bucket for row in rows],
        owner_id=[row.owner_id for row in rows],
    )


async def release_global_keys(tx: Tx, rows: Sequence[GlobalKeyRow]) -> int:
    """Give keys back that their owners hold: whoever comes next may have them.

    What was given back before is no news: two requests with one key end alike.
    """
    return await tx.write(_SQL["release_global_keys"], rows, each=False)


async def reserve_key(tx: Tx, row: NewKeyRow) -> list[KeyRow]:
    """Insert a key; no row means it exists already: read it."""
    return await tx.rows(_SQL["reserve_key"], KeyRow, **row._asdict())


async def read_key(tx: Tx, *, bucket: Bucket, principal: str, key: str) -> KeyRow | None:
    """Read a key that exists."""
    return await tx.row(_SQL["read_key"], KeyRow, bucket=bucket, principal=principal, key=key)


async def finish_key(tx: Tx, row: AnswerRow) -> int:
    """Store the definitive answer of a key."""
    return await tx.execute(_SQL["finish_key"], **row._asdict())


async def release_key(
    tx: Tx, *, bucket: Bucket, principal: str, key: str, subject_id: UUID
) -> list[KeyRow]:
    """Forget a key that is tied to ``subject_id`` and has no answer; return it."""
    return await tx.rows(
        _SQL["release_key"], KeyRow, bucket=bucket, principal=principal, key=key,
        subject_id=subject_id,
    )  # fmt: skip


async def keep_refusal(tx: Tx, row: RefusalRow) -> int:
    """Keep the answer of a request that was refused; 0 when its key exists."""
    return await tx.execute(_SQL["keep_refusal"], **row._asdict())


async def forget_answers(tx: Tx, *, customer_id: CustomerId) -> int:
    """Delete what was answered about a customer; return how many answers there were."""
    return await tx.execute(_SQL["forget_answers"], customer_id=customer_id)


async def count_old_keys(tx: Tx, *, before: datetime) -> OldKeysRow | None:
    """Count idempotency keys that were first used before an instant."""
    return await tx.row(_SQL["count_old_keys"], OldKeysRow, before=before)


async def read_old_keys(tx: Tx, *, before: datetime, limit: int) -> list[AgedKeyRow]:
    """Read at most ``limit`` of them, oldest first."""
    return await tx.rows(_SQL["read_old_keys"], AgedKeyRow, before=before, limit=limit)


async def delete_old_keys(tx: Tx, rows: Sequence[AgedKeyRow], *, before: datetime) -> int:
    """Delete those of ``rows`` that are still as old; return how many."""
    return await tx.write(_SQL["delete_old_keys"], rows, each=False, before=before)


async def delete_global_keys(tx: Tx, rows: Sequence[GlobalKeyRow]) -> int:
    """Delete reservations as they were made, also those whose request made nothing."""
    return await tx.write(_SQL["delete_global_keys"], rows, each=False)


async def add_api_key(tx: Tx, row: NewApiKeyRow) -> int:
    """Record a new API key; only the keyed hash of its secret is stored."""
    return await tx.execute(_SQL["add_api_key"], expect=1, **row._asdict())


async def revoke_api_key(tx: Tx, *, id: str, revoked_at: datetime) -> int:
    """Revoke an API key; 0 when there is none or it was revoked before."""
    return await tx.execute(_SQL["revoke_api_key"], id=id, revoked_at=revoked_at)


async def hold_api_key(tx: Tx, *, id: str) -> ListedKeyView | None:
    """Hold an API key until the transaction ends; None when there is none or it was revoked."""
    return await tx.row(_SQL["hold_api_key"], ListedKeyView, id=id)


async def end_api_key(tx: Tx, *, id: str, ends_at: datetime) -> int:
    """Let an API key open nothing from an instant on; 0 where it ends before that already."""
    return await tx.execute(_SQL["end_api_key"], id=id, ends_at=ends_at)


async def note_key_use(tx: Tx, *, id: str, day: date) -> int:
    """Keep on which day an API key last opened something; 0 where that is known."""
    return await tx.execute(_SQL["note_key_use"], id=id, day=day)


async def add_person(tx: Tx, row: PersonRow) -> int:
    """Record somebody who may work at the console; raises ``EmailTaken``."""
    return await tx.execute(_SQL["add_person"], expect=1, **row._asdict())


async def lock_people(tx: Tx) -> list[PersonRow]:
    """Lock everybody who works at the console: of two owners not both may go at once."""
    return await tx.rows(_SQL["lock_people"], PersonRow)


async def change_person(tx: Tx, *, id: PersonId, role: str, disabled_at: datetime | None) -> int:
    """Say as what a person works from now on, and whether at all."""
    return await tx.execute(
        _SQL["change_person"], expect=1, id=id, role=role, disabled_at=disabled_at
    )


async def read_own_limits(tx: Tx, *, person_id: PersonId) -> list[OwnLimitRow]:
    """Read as what somebody works and the limits set for that; nothing of whoever does not."""
    return await tx.rows(_SQL["read_own_limits"], OwnLimitRow, person_id=person_id)


async def read_amount_limits(tx: Tx) -> list[AmountLimitRow]:
    """Read the limits that were set."""
    return await tx.rows(_SQL["read_amount_limits"], AmountLimitRow)


async def set_amount_limit(tx: Tx, row: AmountLimitRow) -> int:
    """Set how much a role may give back in a currency."""
    return await tx.execute(_SQL["set_amount_limit"], expect=1, **row._asdict())


async def add_sign_in_link(tx: Tx, row: SignInLinkRow) -> int:
    """Record a sign-in link; only the keyed hash of its secret is stored."""
    return await tx.execute(_SQL["add_sign_in_link"], expect=1, **row._asdict())


async def use_sign_in_link(tx: Tx, *, secret_hash: bytes, used_at: datetime) -> LinkOfRow | None:
    """Use a link up and say whose it is; None when it was used, is too old, or of nobody here."""
    return await tx.row(
        _SQL["use_sign_in_link"], LinkOfRow, secret_hash=secret_hash, used_at=used_at
    )


async def add_session(tx: Tx, row: NewSessionRow) -> int:
    """Begin a session."""
    return await tx.execute(_SQL["add_session"], expect=1, **row._asdict())


async def see_session(tx: Tx, *, id: UUID, seen_at: datetime) -> int:
    """Keep that a session is used; 0 when it has ended by then."""
    return await tx.execute(_SQL["see_session"], id=id, seen_at=seen_at)


async def end_sessions(
    tx: Tx, *, person_id: PersonId, id: UUID | None, but: UUID | None, ended_at: datetime
) -> list[EndedSessionRow]:
    """End one session of a person, or all ``but`` one, and return those that were open."""
    return await tx.rows(
        _SQL["end_sessions"], EndedSessionRow, person_id=person_id, id=id, but=but,
        ended_at=ended_at,
    )  # fmt: skip


async def read_last_in(tx: Tx, *, person_id: PersonId) -> LastInRow | None:
    """Read when somebody last signed in; None for who never did."""
    return await tx.row(_SQL["read_last_in"], LastInRow, person_id=person_id)


async def read_known(tx: Tx, *, email: str) -> KnownRow | None:
    """Find somebody by their e-mail address, and what their password is held against."""
    return await tx.row(_SQL["read_known"], KnownRow, email=email)


async def put_password(tx: Tx, row: PasswordRow) -> int:
    """Keep the slow hash of a password, in place of the one before."""
    return await tx.execute(_SQL["put_password"], expect=1, **row._asdict())


async def hash_anew(tx: Tx, *, person_id: PersonId, anew: str, was: str) -> int:
    """Keep another hash of the same password; 0 where it is another password by now."""
    return await tx.execute(_SQL["hash_anew"], person_id=person_id, anew=anew, was=was)


async def forget_password(tx: Tx, *, person_id: PersonId) -> int:
    """Forget a password; 0 where there is none."""
    return await tx.execute(_SQL["forget_password"], person_id=person_id)


async def read_identities(
    tx: Tx, *, issuer: str, subject: str, person_id: PersonId | None
) -> list[IdentityRow]:
    """Read whom a provider knows as a subject, and as whom it knows a person."""
    return await tx.rows(
        _SQL["read_identities"], IdentityRow, issuer=issuer, subject=subject, person_id=person_id
    )


async def add_identity(tx: Tx, row: IdentityRow) -> int:
    """Keep as whom a provider knows a person."""
    return await tx.execute(_SQL["add_identity"], expect=1, **row._asdict())


async def add_state(tx: Tx, row: StateRow) -> int:
    """Keep that a browser is on its way to a provider."""
    return await tx.execute(_SQL["add_state"], expect=1, **row._asdict())


async def use_state(tx: Tx, *, state_hash: bytes, browser_hash: bytes, used_at: datetime) -> int:
    """Note that a browser came back; 0 where it did before, is late, or is another one."""
    return await tx.execute(
        _SQL["use_state"], state_hash=state_hash, browser_hash=browser_hash, used_at=used_at
    )


async def forget_states(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete a few of those who went long ago; return how many."""
    return await tx.execute(_SQL["forget_states"], before=before, limit=limit)


async def save_filter(tx: Tx, row: FilterRow) -> int:
    """Keep a filter; raises ``FilterRefused`` where its owner has one of this name there."""
    return await tx.execute(_SQL["save_filter"], expect=1, **row._asdict())


async def rename_filter(tx: Tx, *, id: UUID, person_id: PersonId, name: str) -> int:
    """Call a filter of somebody otherwise; 0 where they have none of this id."""
    return await tx.execute(_SQL["rename_filter"], id=id, person_id=person_id, name=name)


async def delete_filter(tx: Tx, *, id: UUID, person_id: PersonId) -> int:
    """Forget a filter of somebody; 0 where they have none of this id."""
    return await tx.execute(_SQL["delete_filter"], id=id, person_id=person_id)


async def count_try(tx: Tx, *, key_hash: bytes, now: datetime, over: datetime) -> CountRow:
    """Count a try, from one on where those before began by ``over``."""
    [row] = await tx.rows(
        _SQL["count_try"], CountRow, key_hash=key_hash, now=now, over=over
    )  # fmt: skip
    return row


async def uncount_try(tx: Tx, *, key_hash: bytes) -> int:
    """Take a try back that went well."""
    return await tx.execute(_SQL["uncount_try"], key_hash=key_hash)


async def keep_known(tx: Tx, *, key_hash: bytes, now: datetime) -> int:
    """Keep that this went well, and forget what failed before."""
    return await tx.execute(_SQL["keep_known"], key_hash=key_hash, now=now)


async def forget_counts(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete a few counts that began long ago; return how many."""
    return await tx.execute(_SQL["forget_counts"], before=before, limit=limit)


async def add_audit_entry(tx: Tx, row: AuditRow) -> int:
    """Write down what somebody did, in the transaction that does it.

    Raises ``AlreadyDone`` where they did it before under the same key.
    """
    return await tx.execute(_SQL["add_audit_entry"], expect=1, **row._asdict())


async def add_portal_link(tx: Tx, row: NewPortalRow) -> int:
    """Record a link into the portal."""
    return await tx.execute(_SQL["add_portal_link"], expect=1, **row._asdict())


async def add_mail_links(tx: Tx, rows: Sequence[NewPortalRow]) -> int:
    """Record links into the portal that mails lead by; return how many are new."""
    return await tx.write(_SQL["add_mail_links"], rows, each=False)


async def read_portal(tx: Tx, *, bucket: Bucket, id: PortalSessionId) -> PortalRow | None:
    """Read a link into the portal with its session."""
    return await tx.row(_SQL["read_portal"], PortalRow, bucket=bucket, id=id)


async def open_portal(
    tx: Tx, *, bucket: Bucket, id: PortalSessionId, cookie_hash: bytes, now: datetime
) -> int:
    """Use a link up for its session; 0 when it was used, is too old or was closed."""
    return await tx.execute(
        _SQL["open_portal"], bucket=bucket, id=id, cookie_hash=cookie_hash, now=now
    )


async def see_portal(tx: Tx, *, bucket: Bucket, id: PortalSessionId, now: datetime) -> int:
    """Note that a session was used now."""
    return await tx.execute(_SQL["see_portal"], bucket=bucket, id=id, now=now)


async def close_portal(tx: Tx, *, bucket: Bucket, id: PortalSessionId, now: datetime) -> int:
    """End a session; 0 when it has ended."""
    return await tx.execute(_SQL["close_portal"], bucket=bucket, id=id, now=now)


async def count_old_portals(tx: Tx, *, before: datetime) -> OldKeysRow | None:
    """Count links into the portal that were made before an instant."""
    return await tx.row(_SQL["count_old_portals"], OldKeysRow, before=before)


async def delete_old_portals(tx: Tx, *, before: datetime, limit: int) -> int:
    """Delete at most ``limit`` of them, oldest first; return how many."""
    return await tx.execute(_SQL["delete_old_portals"], before=before, limit=limit)
