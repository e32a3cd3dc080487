"""The provider simulator as a child process, and the two sides of its control port we may touch."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import aiohttp

from ledgerline.cli.settings import CommandFailed
from ledgerline.flows.put_psp_account import NewPspAccount
from ledgerline.payments.contract import Secret

STOP_SECONDS_MAX: Final = 10
_QUICK_HANG_SECONDS: Final = 0.01  # long enough to be no answer, short enough for 365 days
_QUICK_SLOW_MS: Final = [1, 3]
_MODULE: Final = ("-m", "pspsim")
_CONNECTORS: Final = {"native": "sandbox", "stripe": "stripe"}
"""By the dialect that an account of a world speaks."""
_TRIES_MAX: Final = 5


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator and the accounts it offers."""

    url: str
    control_url: str
    accounts: dict[str, dict[str, Any]]

    @property
    def outages(self) -> list[tuple[datetime, datetime]]:
        """When accounts do not answer, by the world: from when until when."""
        return [
            (datetime.fromisoformat(window["from"]), datetime.fromisoformat(window["to"]))
            for known in self.accounts.values()
            for window in known.get("outages", ())
        ]

    def dialect(self, code: str) -> str:
        """Say which dialect an account speaks."""
        return str(self.accounts[code].get("dialect", "native"))

    def connector(self, code: str) -> str:
        """Name the connector that speaks the dialect of an account."""
        return _CONNECTORS[self.dialect(code)]

    def merchant_account(self, code: str, *, call_deadline_ms: int) -> NewPspAccount:
        """Say how to register the account ``code`` for the connector of its dialect."""
        known = self.accounts[code]
        names = ("api_secret", "webhook_secret")
        return NewPspAccount(
            code=code,
            psp=self.connector(code),
            settings={"base_url": f"{self.url}/{code}"},
            secrets={name: Secret(known[name]) for name in names},
            call_deadline_ms=call_deadline_ms,
        )


def command(*arguments: str) -> list[str]:
    """Return the command line of the simulator."""
    return [sys.executable, *_MODULE, *arguments]


@contextmanager
def running(world: Path, *, seed: int, state: Path) -> Iterator[Simulator]:
    """Run the simulator on free ports of loopback; it ends with the block, or with us."""
    arguments = (
        "serve", "--world", str(world), "--seed", str(seed), "--port", "0", "--control-port", "0",
        "--state", str(state), "--exit-with-parent",
    )  # fmt: skip
    child = subprocess.Popen(  # noqa: S603 - our own module
        command(*arguments), stdin=subprocess.PIPE, stdout=subprocess.PIPE, process_group=0
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline()
        if not line:
            raise CommandFailed("the provider simulator did not start", hint="read the line above")
        ready = json.loads(line)
        providers = json.loads(world.read_text("utf-8"))["providers"]
        at = "http://127.0.0.1"
        yield Simulator(f"{at}:{ready['port']}", f"{at}:{ready['control_port']}", providers)
    finally:
        child.terminate()
        try:
            child.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()


def quick_world(shipped: str, target: Path) -> Path:
    """Copy a shipped world with its waits made short: faults stay, real seconds go."""
    world = json.loads(shipped)
    world |= {"hang_seconds": _QUICK_HANG_SECONDS, "slow_ms": _QUICK_SLOW_MS}
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(world, indent=1))
    return target


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """What is paid out in one currency for what settled in [start, end).

    ``rates`` are ppm by which further currencies are paid out in it; ``broken`` is what is to be
    wrong with the file.
    """

    provider: str
    currency: str
    start: datetime
    end: datetime
    rates: Mapping[str, int]
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Shop:
    """What happens at providers without us: by the page of a shop, or in a provider's dashboard."""

    session: aiohttp.ClientSession
    psp: Simulator

    async def save_card(self, account: str, card: str) -> str:
        """Save a card, a token of the simulator; return under which token we charge it there."""
        if self.psp.dialect(account) == "native":
            return card
        form = {"payment_method": f"pm_{card}"}
        customer = await self.post(account, "customers", key=f"customer {card}", data=form)
        return f"{customer['id']}/pm_{card}"

    async def post(self, account: str, what: str, *, key: str, **body: Any) -> dict[str, Any]:
        """Post to an account until it agrees; raises ``CommandFailed`` where it does not."""
        url = f"{self.psp.url}/{account}/v1/{what}"
        secret = self.psp.accounts[account]["api_secret"]
        headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
        for _ in range(_TRIES_MAX):
            with suppress(aiohttp.ClientError):
                async with self.session.post(url, headers=headers, **body) as reply:
                    if reply.ok:
                        agreed: dict[str, Any] = await reply.json()
                        return agreed
        raise CommandFailed(f"the simulator does not do {what} at {account}", hint="another --seed")


@dataclass(frozen=True, slots=True)
class Control:
    """The control port of a simulator."""

    session: aiohttp.ClientSession
    url: str

    async def move_clock(self, instant: datetime) -> None:
        """Move the simulator's clock to ``instant``."""
        await self._post("clock", {"now": instant.isoformat()})

    async def add_outage(self, account: str, start: datetime, end: datetime) -> None:
        """Let an account not answer from ``start`` until ``end`` of the virtual clock."""
        body = {"provider": account, "from": start.isoformat(), "to": end.isoformat()}
        await self._post("outage", body)

    async def send_webhooks(self, provider: str, url: str) -> None:
        """Have the events of a provider sent to ``url``."""
        await self._post("webhooks", {"provider": provider, "url": url})

    async def statement(self, asked: Statement) -> bytes:
        """Ask for a settlement file; empty where nothing is paid out."""
        body = {
            "provider": asked.provider,
            "currency": asked.currency,
            "from": asked.start.isoformat(),
            "to": asked.end.isoformat(),
            "rates": dict(asked.rates),
            "broken": asked.broken,
        }
        async with self.session.post(f"{self.url}/_sim/statement", json=body) as reply:
            _expect(reply, await _text_if_bad(reply))
            return await reply.read()

    async def truth(self) -> AsyncIterator[dict[str, Any]]:
        """Yield every execution of the simulator's own book."""
        async with self.session.get(f"{self.url}/_sim/truth") as reply:
            _expect(reply, await _text_if_bad(reply))
            async for line in reply.content:
                yield json.loads(line)

    async def _post(self, what: str, body: dict[str, str]) -> None:
        async with self.session.post(f"{self.url}/_sim/{what}", json=body) as reply:
            _expect(reply, await _text_if_bad(reply))


@asynccontextmanager
async def control(url: str) -> AsyncIterator[Control]:
    """Speak to the control port at ``url``; raises ``CommandFailed`` when nobody answers."""
    async with aiohttp.ClientSession() as session:
        try:
            yield Control(session, url.rstrip("/"))
        except aiohttp.ClientError as error:
            raise CommandFailed(
                f"no simulator answers at {url}: {type(error).__name__}",
                hint="http://127.0.0.1 and the control port it printed when it started",
            ) from error


async def _text_if_bad(reply: aiohttp.ClientResponse) -> str:
    return "" if reply.ok else await reply.text()


def _expect(reply: aiohttp.ClientResponse, text: str) -> None:
    if not reply.ok:
        raise CommandFailed(
            f"the simulator refused {reply.url}: {text}", hint="the control port, not the public"
        )
