"""Register a merchant account at a provider; its secrets are sealed before they are stored."""

from dataclasses import dataclass, field

from ledgerline.base import crypto
from ledgerline.base.run import Run
from ledgerline.payments import store as payments
from ledgerline.payments.model import AccountAccess
from ledgerline.payments.rows.payments import PspAccountRow


@dataclass(frozen=True, slots=True)
class NewPspAccount:
    """A merchant account in clear; secrets never show."""

    code: str
    psp: str
    base_url: str
    api_secret: str = field(repr=False)
    webhook_secret: str = field(repr=False)
    call_deadline_ms: int
    seller_code: str | None = None


async def put_psp_account(run: Run, new: NewPspAccount) -> None:
    """Insert or update an account; repeating it is safe."""
    async with run.transaction() as tx:
        await payments.put_psp_account(
            tx,
            PspAccountRow(
                code=new.code,
                psp=new.psp,
                seller_code=new.seller_code,
                base_url=new.base_url,
                api_secret_sealed=_seal(run, new.api_secret, new.code, "api"),
                webhook_secret_sealed=_seal(run, new.webhook_secret, new.code, "webhook"),
                status="active",
                call_deadline_ms=new.call_deadline_ms,
            ),
        )


async def read_psp_access(run: Run) -> list[AccountAccess]:
    """Open the secrets of all accounts, to build the gateway at start."""
    async with run.transaction() as tx:
        rows = await payments.read_psp_accounts(tx)
    return [
        AccountAccess(
            code=row.code,
            psp=row.psp,
            base_url=row.base_url,
            api_secret=_open(run, row.api_secret_sealed, row.code, "api"),
            webhook_secrets=(_open(run, row.webhook_secret_sealed, row.code, "webhook"),),
            call_deadline_seconds=row.call_deadline_ms / 1_000,
        )
        for row in rows
        if row.status != "disabled"
    ]


def _seal(run: Run, secret: str, code: str, use: str) -> bytes:
    aad = f"psp_account:{code}:{use}:1".encode()
    nonce = run.random(crypto.NONCE_BYTES)
    return crypto.seal(run.keyring.kek, secret.encode(), aad=aad, nonce=nonce)


def _open(run: Run, sealed: bytes, code: str, use: str) -> str:
    aad = f"psp_account:{code}:{use}:1".encode()
    return crypto.open_sealed(run.keyring.kek, sealed, aad=aad).decode()
