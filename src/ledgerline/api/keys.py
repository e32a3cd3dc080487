"""Who calls: bearer keys, checked in constant time and remembered for a few seconds."""

import hmac
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from ledgerline.access import views
from ledgerline.access.model import Scope
from ledgerline.access.rows import ApiKeyView
from ledgerline.api.refusals import ReadOnlyKey, Unauthenticated, WrongEnvironment
from ledgerline.base.errors import Unavailable
from ledgerline.base.run import Run
from ledgerline.flows.create_api_key import hash_secret, parse_key
from ledgerline.flows.note_key_use import note_key_use

TTL_SECONDS: Final = 5.0  # a revoked key opens for at most this long
KEPT_MAX: Final = 10_000
_SCHEME: Final = "bearer"
_LIVE_PREFIX: Final = "sk_live_"


@dataclass(slots=True)
class Keys:
    """The keys of one process; ``kept`` maps a key's id to its row and when to read it again."""

    kept: dict[str, tuple[ApiKeyView, float]] = field(default_factory=dict)

    async def principal(
        self, run: Run, authorization: str | None, *, live: bool, scope: Scope
    ) -> str:
        """Return whose key this is, if it may do what ``scope`` stands for.

        Raises ``Unauthenticated``, ``WrongEnvironment`` and ``ReadOnlyKey``.
        """
        scheme, _, text = (authorization or "").partition(" ")
        parsed = parse_key(text.strip()) if scheme.lower() == _SCHEME and text.isascii() else None
        if parsed is None:
            raise Unauthenticated("send `Authorization: Bearer sk_…`")
        if text.strip().startswith(_LIVE_PREFIX) is not live:
            raise WrongEnvironment(
                "live keys open live environments, test keys open sandboxes",
                environment="live" if live else "sandbox",
            )
        row = await self._row(run, parsed[0])
        presented = hash_secret(run, parsed[1])
        expected = presented if row is None else row.secret_hash
        if not hmac.compare_digest(presented, expected) or row is None or _is_over(row, run):
            raise Unauthenticated("this key is unknown, has expired or was revoked")
        if scope not in row.scopes:
            raise ReadOnlyKey("this key may read and change nothing")
        await self._note(run, row)
        return row.principal

    async def _note(self, run: Run, row: ApiKeyView) -> None:
        """Keep that it was used today, which is written once a day; nothing is refused for it."""
        today = run.wall().date()
        if row.used_on == today:
            return
        held = self.kept.get(row.id)
        if held is not None:
            self.kept[row.id] = (row._replace(used_on=today), held[1])
        with suppress(Unavailable):
            await note_key_use(run, key_id=row.id, day=today)

    async def _row(self, run: Run, key_id: str) -> ApiKeyView | None:
        now = time.monotonic()
        held = self.kept.get(key_id)
        if held is not None and now < held[1]:
            return held[0]
        async with run.reading() as read:
            row = await views.api_key(read, id=key_id)
        self.kept.pop(key_id, None)
        if row is not None:
            if len(self.kept) >= KEPT_MAX:
                self.kept.clear()
            self.kept[key_id] = (row, now + TTL_SECONDS)
        return row


def _is_over(row: ApiKeyView, run: Run) -> bool:
    """Tell whether a key was revoked or has expired; a virtual clock ends no key."""
    expired = row.expires_at is not None and row.expires_at <= run.wall()
    return expired or row.revoked_at is not None
