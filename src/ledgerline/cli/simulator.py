"""The provider simulator as a child process, and the two sides of its control port we may touch."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
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


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator and the accounts it offers."""

    url: str
    control_url: str
    accounts: dict[str, dict[str, Any]]

    def merchant_account(self, code: str, *, call_deadline_ms: int) -> NewPspAccount:
        """Say how to register the account ``code`` for the sandbox connector."""
        known = self.accounts[code]
        names = ("api_secret", "webhook_secret")
        return NewPspAccount(
            code=code,
            psp="sandbox",
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


@dataclass(frozen=True, slots=True)
class Control:
    """The control port of a simulator."""

    session: aiohttp.ClientSession
    url: str

    async def move_clock(self, instant: datetime) -> None:
        """Move the simulator's clock to ``instant``."""
        await self._post("clock", {"now": instant.isoformat()})

    async def send_webhooks(self, provider: str, url: str) -> None:
        """Have the events of a provider sent to ``url``."""
        await self._post("webhooks", {"provider": provider, "url": url})

    async def statement(
        self, provider: str, currency: str, span: tuple[datetime, datetime], rates: Mapping[str, int]
    ) -> bytes:
        """Ask for the settlement file of what settled in a span, paid out in one currency."""
        asked = {
            "provider": provider,
            "currency": currency,
            "from": span[0].isoformat(),
            "to": span[1].isoformat(),
            "rates": dict(rates),
        }
        async with self.session.post(f"{self.url}/_sim/statement", json=asked) as reply:
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
