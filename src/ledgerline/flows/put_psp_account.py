"""Register a merchant account at a provider; its secrets are sealed before they are stored."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from ledgerline.base import crypto
from ledgerline.base.canonical import canonical
from ledgerline.base.errors import CannotDecrypt
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.contract import Merchant, Psp, Secret
from ledgerline.payments.model import AccountStatus
from ledgerline.payments.refusals import PspAccountRefused
from ledgerline.payments.rows.accounts import PspAccountRow

CALL_DEADLINE_MS_MIN: Final = 50
CALL_DEADLINE_MS_MAX: Final = 30_000
_log: Final = logger(__name__)
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")  # it stands in the address of webhooks


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPspAccount:
    """A merchant account as it is given; ``psp`` names its connector."""

    code: str
    psp: str
    settings: Mapping[str, str]
    secrets: Mapping[str, Secret]
    call_deadline_ms: int
    seller_code: str | None = None


async def put_psp_account(run: Run, psp: Psp, new: NewPspAccount, *, dry_run: bool = False) -> None:
    """Insert an account, or update all of it but whether it takes charges; repeating it is safe.

    ``psp`` is its connector, which checks settings and secrets. Raises ``PspAccountRefused`` with
    the name of what is wrong, and then changes nothing, as with ``dry_run``.
    """
    environment = await run.environment()
    _check(psp, new, live=environment.kind == "live")
    row = PspAccountRow(
        code=new.code,
        psp=new.psp,
        seller_code=new.seller_code,
        settings=canonical(new.settings).decode(),
        secrets_sealed=_seal(run, new),
        status=AccountStatus.ACTIVE,
        call_deadline_ms=new.call_deadline_ms,
    )
    async with run.transaction() as tx:
        known = await payments.read_psp_accounts(tx)
        if any(one.code == new.code and one.psp != new.psp for one in known):
            raise PspAccountRefused("the account belongs to another provider", name="psp")
        if not dry_run and await payments.put_psp_account(tx, row) == 0:
            raise PspAccountRefused("the account belongs to another provider", name="psp")


async def read_merchants(run: Run) -> list[Merchant]:
    """Open the secrets of all accounts, to build the gateway at start.

    A disabled one is among them: what was begun there is found out and given back there. An account
    whose secrets do not open is left out and said: it stops no other.
    """
    async with run.transaction() as tx:
        rows = await payments.read_psp_accounts(tx)
    found = []
    for row in rows:
        try:
            secrets = _open(run, row)
        except CannotDecrypt:
            _log.error("the secrets of this account do not open", account=row.code)
            continue
        found.append(
            Merchant(
                code=row.code,
                psp=row.psp,
                settings=json.loads(row.settings),
                secrets=secrets,
                call_deadline=timedelta(milliseconds=row.call_deadline_ms),
            )
        )
    return found


def _check(psp: Psp, new: NewPspAccount, *, live: bool) -> None:
    if not _CODE.fullmatch(new.code):
        raise PspAccountRefused("lower case letters, digits, - and _; at most 40", name="code")
    if not CALL_DEADLINE_MS_MIN <= new.call_deadline_ms <= CALL_DEADLINE_MS_MAX:
        raise PspAccountRefused("50 to 30000 milliseconds", name="call_deadline_ms")
    psp.check(new.settings, new.secrets, live=live)


def _seal(run: Run, new: NewPspAccount) -> bytes:
    plain = canonical({name: secret.reveal() for name, secret in new.secrets.items()})
    nonce = run.random(crypto.NONCE_BYTES)
    return crypto.seal(run.keyring.kek, plain, aad=_place(new.code), nonce=nonce)


def _open(run: Run, row: PspAccountRow) -> dict[str, Secret]:
    plain = crypto.open_sealed(run.keyring.kek, row.secrets_sealed, aad=_place(row.code))
    return {name: Secret(text) for name, text in json.loads(plain).items()}


def _place(code: str) -> bytes:
    return f"psp_account:{code}:secrets:1".encode()
