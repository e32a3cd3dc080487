"""The composition root: what a process is made of. Nothing else knows which PSPs exist."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ledgerline.access.adapters.oidc import OidcProvider, Registration
from ledgerline.access.contract import Provider
from ledgerline.access.model import Admission, Role
from ledgerline.base.crypto import KEY_BYTES, Keyring
from ledgerline.base.db import connected
from ledgerline.base.http import HttpClient
from ledgerline.base.log import logger
from ledgerline.base.run import Run
from ledgerline.base.tasks import canceled
from ledgerline.cli.key_check import check_key
from ledgerline.cli.program import Paying, Program, Running, Serve
from ledgerline.cli.schema_check import check_schema
from ledgerline.cli.settings import CommandFailed, MailSettings, OidcSettings, Settings
from ledgerline.flows.put_psp_account import read_merchants
from ledgerline.jobs import worker
from ledgerline.jobs.router import ServedRouter
from ledgerline.jobs.units import Memory
from ledgerline.jobs.validation import Validation
from ledgerline.mail.adapters.smtp import SmtpPost, Tls
from ledgerline.mail.contract import Post
from ledgerline.payments.adapters.adyen.connector import Adyen
from ledgerline.payments.adapters.gateway import Connection, Gateway
from ledgerline.payments.adapters.gocardless.connector import GoCardless
from ledgerline.payments.adapters.health import HealthBook
from ledgerline.payments.adapters.sandbox.connector import Sandbox
from ledgerline.payments.adapters.stripe.connector import Stripe
from ledgerline.payments.contract import Merchant, Psp
from ledgerline.payments.model import Psps
from ledgerline.payments.scores import Model

_log: Final = logger(__name__)
CONNECTORS: Final[Mapping[str, type[Psp]]] = {
    "adyen": Adyen,
    "gocardless": GoCardless,
    "sandbox": Sandbox,
    "stripe": Stripe,
}


def compose(settings: Settings, *, serve: Serve) -> Program:
    """Return what the commands are given; nothing is opened or read before one asks for it."""
    composed = _Composed(settings)
    return Program(
        settings,
        connect=composed.connect,
        connect_paying=composed.connect_paying,
        serve=serve,
        work=composed.work,
        reach=_reach,
        connector=_connector,
        read_model=_read_model,
        validation=Validation,
    )


@dataclass(frozen=True, slots=True)
class _Composed:
    """The factories that commands are given; see ``cli.program`` for what they promise."""

    settings: Settings

    @asynccontextmanager
    async def connect(self, database_url: str, *, size: int, name: str) -> AsyncIterator[Running]:
        async with connected(database_url, size=size, name=name) as database:
            run = Run(database, Keyring(self._key))
            await check_schema(run)
            yield Running(run)

    @asynccontextmanager
    async def connect_paying(
        self, database_url: str, *, size: int, name: str, in_steps: bool = False
    ) -> AsyncIterator[Paying]:
        key = self._key()
        async with (
            connected(database_url, size=size, name=name) as database,
            HttpClient() as client,
        ):
            run = Run(database, Keyring(key))
            await check_schema(run)
            await check_key(run)
            model = ServedRouter(clock=_still) if in_steps else ServedRouter()
            async with _fed(model, run, by_itself=not in_steps):
                gateway = await _gateway(run, client, model)
                provider = _provider(self.settings.oidc, client)
                yield Paying(run, gateway, model.refresh, provider)

    async def work(self, paying: Paying, *, jobs: Sequence[str], stop: asyncio.Event) -> None:
        memory = Memory(post=_post(self.settings.mail))
        await worker.work(paying.run, paying.psps, jobs=tuple(jobs), stop=stop, memory=memory)

    def _key(self) -> bytes:
        """Read the key-encryption key that is named, else the one a demo keeps here."""
        settings = self.settings
        if settings.kek is not None:
            return _bytes_of(settings.kek, "LEDGERLINE_KEK")
        if settings.kek_file is not None:
            return _bytes_of(_text_of(Path(settings.kek_file)), "LEDGERLINE_KEK_FILE")
        kept = settings.data_dir / "key"
        if not kept.exists():
            raise CommandFailed(
                "there is no key-encryption key",
                hint="set LEDGERLINE_KEK_FILE; `openssl rand -hex 32` makes a key",
            )
        return _bytes_of(_text_of(kept), str(kept))


async def _gateway(run: Run, client: HttpClient, model: Model) -> Gateway:
    """Connect every merchant account that can be spoken to; one that cannot stops no other."""
    connections = {}
    for one in await read_merchants(run):
        if one.psp in CONNECTORS:
            connections[one.code] = Connection(one, _connector(one.psp))
        else:
            _log.error("no connector speaks to this account", account=one.code, psp=one.psp)
    return Gateway(connections, client, health=HealthBook(), model=model)


@asynccontextmanager
async def _fed(model: ServedRouter, run: Run, *, by_itself: bool) -> AsyncIterator[None]:
    feeding = [asyncio.create_task(model.keep_fresh(run))] if by_itself else []
    try:
        yield
    finally:
        await canceled(*feeding)


def _still() -> float:
    """Read a clock that stands still."""
    return 0.0


async def _read_model(run: Run) -> Model:
    model = ServedRouter(keeps=False)
    await model.refresh(run)
    return model


def _post(said: MailSettings | None) -> Post | None:
    """Say where mails are delivered; None where no server is named."""
    if said is None:
        return None
    password = None if said.password_file is None else _text_of(Path(said.password_file))
    return SmtpPost(
        host=said.host, port=said.port, sender=said.sender, tls=Tls(said.tls), user=said.user,
        password=password, site=said.site,
    )  # fmt: skip


def _provider(said: OidcSettings | None, client: HttpClient) -> Provider | None:
    """Say who says who people are; None where nobody does but we."""
    if said is None:
        return None
    file = said.client_secret_file
    registration = Registration(
        issuer=said.issuer, client_id=said.client_id, name=said.name,
        client_secret=None if file is None else _text_of(Path(file)),
        groups_claim=said.groups_claim,
        admission=Admission(
            roles=tuple((group, Role(role)) for group, role in said.roles),
            adds_people=said.adds_people,
        ),
    )  # fmt: skip
    return OidcProvider(registration, client)


@asynccontextmanager
async def _reach(merchant: Merchant) -> AsyncIterator[Psps]:
    connector = _connector(merchant.psp)
    async with HttpClient() as client:
        yield Gateway({merchant.code: Connection(merchant, connector)}, client)


def _connector(psp: str) -> Psp:
    if psp not in CONNECTORS:
        raise CommandFailed(
            f"no connector speaks to {psp!r}", hint=f"one of: {', '.join(sorted(CONNECTORS))}"
        )
    return CONNECTORS[psp]()


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(f"{file}: {error}", hint="name a file that can be read") from error


def _bytes_of(text: str, name: str) -> bytes:
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise CommandFailed(f"{name} is not usable", hint=f"{name} = 64 hexadecimal digits")
    return key
