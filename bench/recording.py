"""What one request says to PostgreSQL: statements, parameters, transactions and pipelines."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final

from psycopg.pq import Format, TransactionStatus
from typing_extensions import override

from bench.buyers import COMPLETED, PATH, Buyer, body_of, headers_of
from ledgerline.api.app import make_app
from ledgerline.base.crypto import KEY_BYTES, Keyring
from ledgerline.base.db import Database
from ledgerline.base.pipelines import Asked, Connection
from ledgerline.base.pools import Pool
from ledgerline.base.run import Run
from ledgerline.payments.model import Psps

PIPELINE: Final = ("\\startpipeline", "\\endpipeline")


@dataclass(frozen=True, slots=True)
class Said:
    """A statement as it was sent, or one of the marks of ``PIPELINE``."""

    text: str
    values: Sequence[bytes | None] = ()
    formats: Sequence[Format] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A purchase: who bought, and what was said for it."""

    buyer: Buyer
    said: tuple[Said, ...]

    @property
    def statements(self) -> int:
        """How many statements it took, without those that only begin and end transactions."""
        return sum(one.text not in {*PIPELINE, "BEGIN", "COMMIT"} for one in self.said)


class _Connection(Connection):
    """A connection that remembers what is said through any of its kind."""

    said: ClassVar[list[Said]] = []

    @override
    async def exchange(self, asked: Sequence[Asked]) -> None:
        sent = [Said(one.text.decode(), one.values, one.formats) for one in asked]
        if not self.autocommit and self.pgconn.transaction_status == TransactionStatus.IDLE:
            sent.insert(0, Said("BEGIN"))
        start, end = PIPELINE
        self.said.extend(sent if len(sent) == 1 else [Said(start), *sent, Said(end)])
        await super().exchange(asked)

    @override
    async def commit(self) -> None:
        if self.pgconn.transaction_status == TransactionStatus.INTRANS:
            self.said.append(Said("COMMIT"))
        await super().commit()


async def record_purchase(url: str, psps: Psps, buyers: Sequence[Buyer], api_key: str) -> Recording:
    """Let ``buyers`` buy through the API in this process; return what the last one took."""
    async with (
        _recorded(url, autocommit=False) as writing,
        _recorded(url, autocommit=True) as reading,
    ):
        app = make_app(Run(Database(writing, reading), Keyring(bytes(KEY_BYTES))), psps)
        for buyer in buyers:
            _Connection.said.clear()
            await _ask(app, buyer, api_key)
        return Recording(buyers[-1], tuple(_Connection.said))


def _recorded(url: str, *, autocommit: bool) -> Pool:
    return Pool(
        url, min_size=1, max_size=1, connection_class=_Connection,
        kwargs={"autocommit": autocommit}, open=False,
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
