"""What one request says to PostgreSQL: statements, parameters, transactions and pipelines."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from psycopg import AsyncConnection, AsyncCursor, AsyncTransaction
from psycopg_pool import AsyncConnectionPool
from typing_extensions import override

from bench.buyers import COMPLETED, PATH, Buyer, body_of, headers_of
from ledgerline.api.app import make_app
from ledgerline.base.crypto import KEY_BYTES, Keyring
from ledgerline.base.db import Database
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps


@dataclass(frozen=True, slots=True)
class Said:
    """A statement as the driver was given it, or a mark such as ``BEGIN``."""

    text: str
    parameters: Any = None


@dataclass(frozen=True, slots=True)
class Recording:
    """A purchase: who bought, and what was said for it."""

    buyer: Buyer
    said: tuple[Said, ...]

    @property
    def statements(self) -> int:
        """How many statements it took, without BEGIN and COMMIT."""
        return sum(one.parameters is not None or one.text.startswith("SELECT") for one in self.said)


class _Connection(AsyncConnection[Any]):
    """A connection that remembers what is said through any of its kind."""

    said: ClassVar[list[Said]] = []

    @override
    @asynccontextmanager
    async def transaction(  # type: ignore[override] # flags are named here
        self, savepoint_name: str | None = None, *, force_rollback: bool = False
    ) -> AsyncIterator[AsyncTransaction]:
        self.said.append(Said("BEGIN"))
        async with super().transaction(savepoint_name, force_rollback) as transaction:
            yield transaction
        self.said.append(Said("COMMIT"))

    @override
    @asynccontextmanager
    async def pipeline(self) -> AsyncIterator[Any]:
        self.said.append(Said("\\startpipeline"))
        async with super().pipeline() as pipeline:
            yield pipeline
        self.said.append(Said("\\endpipeline"))


class _Cursor(AsyncCursor[Any]):
    """A cursor that remembers what it executes."""

    @override
    async def execute(self, query: Any, params: Any = None, **how: Any) -> Self:
        _Connection.said.append(Said(query, params))
        return await super().execute(query, params, **how)


async def record_purchase(url: str, psps: Psps, buyers: Sequence[Buyer], api_key: str) -> Recording:
    """Let ``buyers`` buy through the API in this process; return what the last one took."""
    async with _recorded(url) as writing, _recorded(url) as reading:
        app = make_app(Run(Database(writing, reading), Keyring(bytes(KEY_BYTES))), psps)
        for buyer in buyers:
            _Connection.said.clear()
            await _ask(app, buyer, api_key)
        return Recording(buyers[-1], tuple(_Connection.said))


def _recorded(url: str) -> AsyncConnectionPool[AsyncConnection[Any]]:
    return AsyncConnectionPool(
        url, min_size=1, max_size=1, connection_class=_Connection,
        kwargs={"autocommit": True, "cursor_factory": _Cursor}, open=False,
    )  # fmt: skip


async def _ask(app: Any, buyer: Buyer, api_key: str) -> None:
    """Make one request without a server in between."""
    statuses: list[int] = []
    body = body_of(buyer)
    headers = [
        (name.lower().encode(), value.encode()) for name, value in headers_of(buyer, api_key)
    ]
    headers.append((b"content-length", str(len(body)).encode()))
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST",
        "scheme": "http", "path": PATH, "raw_path": PATH.encode(), "query_string": b"",
        "root_path": "", "headers": headers, "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 1), "state": {},
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await app(scope, receive, send)
    assert statuses == [COMPLETED], statuses
