"""Run a simulator as a process of its own and speak to it as a client would."""

import asyncio
import json
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

import aiohttp

from tests.pspsim.forked import fork

READY_SECONDS_MAX: Final = 200
STOP_SECONDS_MAX: Final = 200
EUR_10_99: Final = 1099


class Answer(NamedTuple):
    """One answer of the public API."""

    status: int
    body: Any
    replayed: bool
    headers: dict[str, str]

    @property
    def error(self) -> str:
        """Return the error code."""
        return str(self.body["error"]["code"])


class Process(Protocol):
    """What tests do to the process of a simulator."""

    @property
    def returncode(self) -> int | None:
        """Return its exit status once it was waited for."""

    @property
    def stdout(self) -> asyncio.StreamReader | None:
        """Return what it prints."""

    def terminate(self) -> None:
        """Ask it to end."""

    def kill(self) -> None:
        """End it in the middle of whatever it does."""

    async def wait(self) -> int:
        """Wait until it ended, and return its exit status."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """A running simulator."""

    process: Process
    session: aiohttp.ClientSession
    port: int
    control_port: int

    async def post(
        self, path: str, body: object, *, key: str | None = None, provider: str = "aster"
    ) -> Answer:
        """Post to the public API; ``body`` may be raw bytes."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if key is None else {"Idempotency-Key": key}
        return await self._public("POST", f"/{provider}/v1/{path}", raw=raw, headers=headers)

    async def charge(
        self, reference: str, token: str, *, key: str | None = None, provider: str = "aster"
    ) -> Answer:
        """Charge EUR 10.99; the key is the reference unless given."""
        body = charge_body(reference, token)
        return await self.post("charges", body, key=key or reference, provider=provider)

    async def refund(
        self, reference: str, charge: str, *, amount: int, key: str | None = None
    ) -> Answer:
        """Refund ``amount`` of a charge in EUR."""
        body = {"reference": reference, "charge": charge, "amount": amount, "currency": "EUR"}
        return await self.post("refunds", body, key=key or reference)

    async def get(self, path: str, *, provider: str = "aster") -> Answer:
        """Read from the public API."""
        return await self._public("GET", f"/{provider}/v1/{path}", raw=b"", headers={})

    async def be_the_payer(self, url: str, answer: str) -> tuple[int, str]:
        """Answer the page of a challenge, ``pass`` or ``fail``; say where it leads, if anywhere."""
        async with self.session.post(
            url, data={"answer": answer}, allow_redirects=False
        ) as response:
            return response.status, response.headers.get("location", "")

    async def control(self, path: str, body: object = None) -> Any:
        """Post to the control port, which must agree."""
        url = f"http://127.0.0.1:{self.control_port}/_sim/{path}"
        async with self.session.post(url, json=body) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def statement(self, **asked: object) -> bytes:
        """Ask for the settlement file of a provider."""
        url = f"http://127.0.0.1:{self.control_port}/_sim/statement"
        async with self.session.post(url, json=asked) as response:
            assert response.status == 200, await response.text()
            return await response.read()

    async def show(self, path: str) -> Any:
        """Read from the control port."""
        url = f"http://127.0.0.1:{self.control_port}/_sim/{path}"
        async with self.session.get(url) as response:
            return await response.json()

    async def truth(self) -> list[dict[str, Any]]:
        """Read every execution, ordered by provider, kind and identifier."""
        url = f"http://127.0.0.1:{self.control_port}/_sim/truth"
        async with self.session.get(url) as response:
            lines = [json.loads(line) for line in (await response.text()).splitlines()]
        return sorted(lines, key=lambda line: (line["provider"], line["kind"], line["id"]))

    async def _public(
        self, method: str, path: str, *, raw: bytes, headers: dict[str, str]
    ) -> Answer:
        provider = path.split("/")[1]
        url = f"http://127.0.0.1:{self.port}{path}"
        headers = {"Authorization": f"Bearer sandbox_{provider}_secret", **headers}
        async with self.session.request(method, url, data=raw, headers=headers) as response:
            body = json.loads(await response.read())
            replayed = response.headers.get("Idempotent-Replayed") == "true"
            return Answer(response.status, body, replayed, dict(response.headers))


def charge_body(reference: str, token: str, /, **changed: object) -> dict[str, object]:
    """Build the body of a charge of EUR 10.99."""
    body: dict[str, object] = {
        "reference": reference,
        "amount": EUR_10_99,
        "currency": "EUR",
        "payment_token": token,
        "initiator": "merchant",
        "description": "Season ticket",
    }
    return {**body, **changed}


def world(**changed: object) -> dict[str, object]:
    """Build a world where one provider approves everything at once."""
    base: dict[str, object] = {
        "name": "test",
        "clock": "2026-01-01T00:00:00Z",
        "hang_seconds": 0.2,
        "slow_ms": [150, 150],
        "webhooks": {"delay_ms": 0, "late_ms": [100, 100], "reorder_ms": 100, "retry_ms": 10},
        "providers": {
            "aster": {"api_secret": "sandbox_aster_secret", "webhook_secret": "whsec_c2VjcmV0MDA="}
        },
        "segments": {"*": {"approval_ppm": {"aster": 1_000_000}}},
    }
    return {**base, **changed}


@asynccontextmanager
async def simulator(
    world_file: Path | str, state: Path, *, seed: int = 7
) -> AsyncGenerator[Simulator]:
    """Run a simulator on free ports until the end of the block; a dead one may be left behind."""
    async with answering(await fork(*_serving(world_file, state, seed=seed))) as running:
        yield running


@asynccontextmanager
async def answering(process: Process) -> AsyncGenerator[Simulator]:
    """Speak to a simulator that was started, and end it with the block."""
    assert process.stdout is not None
    try:
        async with asyncio.timeout(READY_SECONDS_MAX):
            ready = json.loads(await process.stdout.readline())
        # No limit: tests hold many requests open at once.
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
            yield Simulator(process, session, ready["port"], ready["control_port"])
    finally:
        await _stop(process)


async def _stop(process: Process) -> None:
    """Have it end as in production; one that does not is killed and said to be a defect."""
    if process.returncode is None:
        process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS_MAX):
            await process.wait()
    except TimeoutError:
        process.kill()
        raise AssertionError("the simulator did not end on SIGTERM") from None


async def start(
    world_file: Path | str, state: Path, *, seed: int = 7, stdin: int | None = None
) -> asyncio.subprocess.Process:
    """Start a simulator as its operator does, and leave it alone."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "pspsim", *_serving(world_file, state, seed=seed)),
        *(["--exit-with-parent"] if stdin is not None else []),
        stdin=stdin or asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


def _serving(world_file: Path | str, state: Path, *, seed: int) -> list[str]:
    return [
        *("serve", "--world", str(world_file), "--seed", str(seed)),
        *("--port", "0", "--control-port", "0", "--state", str(state)),
    ]


def write_world(folder: Path, **changed: object) -> Path:
    """Write a world file and return its path."""
    path = folder / "world.json"
    path.write_text(json.dumps(world(**changed)))
    return path
