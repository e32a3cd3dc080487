"""Roll an API key: another one for the same caller, while the old one still opens for a while."""

from dataclasses import dataclass
from datetime import timedelta

from ledgerline.access import store as access
from ledgerline.access.rows import ListedKeyView, NewApiKeyRow
from ledgerline.base.repeating import repeated
from ledgerline.base.run import Run
from ledgerline.flows.claim_key import Command, claim_key_in
from ledgerline.flows.create_api_key import KEYS, hash_secret, key_uuid, new_secret, written


@dataclass(frozen=True, slots=True)
class Roll:
    """A key that is rolled, the public part of the new one, and how long both open."""

    key_id: str
    new_id: str
    both_open: timedelta


@repeated
async def roll_api_key(
    run: Run, roll: Roll, *, live: bool, command: Command | None = None
) -> str | None:
    """Return the new key, which may do what the old one may and opens as long as that was to.

    None where no such key opens anything, or where the same ``command`` was carried out before: it
    cannot be shown again. The old one ends after ``both_open`` of operational time at the latest.
    """
    now, secret = run.wall(), new_secret(run)
    async with run.transaction() as tx:
        old = await access.hold_api_key(tx, id=roll.key_id)
        if old is None or (old.expires_at is not None and old.expires_at <= now):
            return None
        if command is not None and await claim_key_in(
            tx, bucket=KEYS, command=command, subject_id=key_uuid(roll.key_id)
        ):
            return None
        await access.add_api_key(tx, _row(run, roll, old, secret))
        await access.end_api_key(tx, id=old.id, ends_at=now + roll.both_open)
    return written(roll.new_id, secret, live=live)


def _row(run: Run, roll: Roll, old: ListedKeyView, secret: str) -> NewApiKeyRow:
    now = run.wall()
    lasts = None if old.expires_at is None else old.expires_at - old.created_at
    return NewApiKeyRow(
        id=roll.new_id, principal=old.principal, secret_hash=hash_secret(run, secret),
        scopes=old.scopes, expires_at=None if lasts is None else now + lasts, created_at=now,
    )  # fmt: skip
