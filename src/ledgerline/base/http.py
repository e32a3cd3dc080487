"""HTTP out of the house: one try, one deadline, and proof of how far a failed one got.

Two habits of aiohttp are switched off. It repeats an idempotent request that broke on a kept
connection: a middleware turns that breakage into an error aiohttp does not repeat. And it takes a
reply that arrived while a connection was idle for the answer to the next request: a connection on
which something already waits is not used again.
"""

import asyncio
import select
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType, SimpleNamespace
from typing import Final, NamedTuple, Self
from weakref import WeakSet

from aiohttp import (
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    DummyCookieJar,
    ServerDisconnectedError,
    StreamReader,
    TCPConnector,
    TraceConfig,
)
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.tracing import Trace
from typing_extensions import override
from yarl import URL

from ledgerline.base.db import open_transactions
from ledgerline.base.moments import Clock, Moment, moment

REPLY_BYTES_MAX: Final = 1024 * 1024  # after decompression
IN_FLIGHT_MAX: Final = 32  # per account
IDLE_SECONDS_MAX: Final = 15.0  # a longer idle connection may be closed under the next request
FIRST_BYTE_SECONDS: Final = 5.0  # later than this after the call began, nothing is sent at all
DECIDED_SECONDS_MAX: Final = 300.0  # nor later than this after it was decided
_CHUNK_BYTES: Final = 64 * 1024
_DETAIL_CHARACTERS: Final = 200
_OWN_HEADERS: Final = MappingProxyType(
    {"Accept-Encoding": "gzip, deflate", "User-Agent": "ledgerline"}
)


class Phase(StrEnum):
    """How far a failed exchange got. All but the last two prove that the other side did nothing."""

    NOT_STARTED = "not_started"  # it waited for its place until its time was over
    NOT_CONNECTED = "not_connected"
    NO_BYTE_SENT = "no_byte_sent"
    BYTES_SENT = "bytes_sent"
    REPLY_PARTIAL = "reply_partial"


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer. Header names are lower case; a repeated header is joined by commas."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Failure:
    """No complete answer within the limits, and how far the exchange got."""

    phase: Phase
    detail: str


class Within(NamedTuple):
    """How long an exchange may take, and when it was ``decided``, if that was before it began."""

    seconds: float
    decided: Moment | None = None


class _Broken(ClientError):
    """The connection broke; as a plain client error it is never repeated by aiohttp."""


class _ReplyTooLarge(ClientError):
    """The decompressed reply passed the limit."""


class _TooLate(ClientError):
    """The first byte was due earlier."""


class _Exchange:
    """The progress of one call, written by the trace hooks and read when the call fails."""

    __slots__ = ("clock", "deadline", "limits", "phase", "timeout")

    def __init__(self, within: Within, *, first_byte_seconds: float, clock: Clock) -> None:
        """Begin before anything; the earlier of both limits counts first."""
        started, began = clock(), asyncio.get_running_loop().time()
        self.phase = Phase.NOT_STARTED
        self.clock = clock
        self.deadline = began + within.seconds
        self.timeout = asyncio.timeout_at(min(began + first_byte_seconds, self.deadline))
        self.limits = (
            (started, min(first_byte_seconds, within.seconds)),
            (within.decided or started, DECIDED_SECONDS_MAX),
        )

    def refuse_late(self) -> None:
        """Raise when the first byte would leave after its time, however long we were paused.

        The loop does not count for how long the machine slept, and knows nothing of how long it was
        from the decision to here: others may have acted on it since, and their key be forgotten.
        """
        here = self.clock()
        if any(then.seconds_until(here) > seconds for then, seconds in self.limits):
            raise _TooLate("the time for the first byte has passed")

    def send(self) -> None:
        """Note that from here on bytes may be on the wire; the whole deadline applies now."""
        self.refuse_late()
        self.phase = Phase.BYTES_SENT
        self.timeout.reschedule(self.deadline)


class _QuietConnector(TCPConnector):
    """A pool that hands out a kept connection only if nothing has happened on it meanwhile.

    What waits there is the end of the connection or a reply nobody asked for; either would be read
    as the answer to the next request.
    """

    def __init__(self, *, idle_seconds_max: float) -> None:
        """Keep idle connections that long; how many there are is bounded by the bulkheads."""
        super().__init__(limit=0, keepalive_timeout=idle_seconds_max)
        self._known: WeakSet[ResponseHandler] = WeakSet()

    @override
    async def connect(
        self, req: ClientRequest, traces: list[Trace], timeout: ClientTimeout
    ) -> Connection:
        while True:
            connection = await super().connect(req, traces, timeout)
            protocol = connection.protocol
            assert protocol is not None
            if protocol not in self._known:
                self._known.add(protocol)
                return connection
            if not protocol.should_close and not _is_readable(connection):
                return connection
            connection.close()


class HttpClient:
    """The one way to call another party. Use as an async context manager, one per process."""

    def __init__(
        self,
        *,
        in_flight_max: int = IN_FLIGHT_MAX,
        first_byte_seconds: float = FIRST_BYTE_SECONDS,
        reply_bytes_max: int = REPLY_BYTES_MAX,
        idle_seconds_max: float = IDLE_SECONDS_MAX,
        clock: Clock = moment,
    ) -> None:
        """Keep the limits; connections are opened when the context is entered."""
        self.clock = clock
        self._in_flight_max = in_flight_max
        self._first_byte_seconds = first_byte_seconds
        self._reply_bytes_max = reply_bytes_max
        self._idle_seconds_max = idle_seconds_max
        self._bulkheads: dict[str, asyncio.Semaphore] = {}
        self._session: ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Open the connection pool."""
        assert self._session is None, "entered twice"
        self._session = ClientSession(
            connector=_QuietConnector(idle_seconds_max=self._idle_seconds_max),
            cookie_jar=DummyCookieJar(),
            headers=_OWN_HEADERS,
            middlewares=(_break_once,),
            timeout=ClientTimeout(total=None, sock_connect=None),
            trace_configs=[_tracing()],
            trust_env=False,
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def send(
        self,
        url: str,
        *,
        method: str,
        headers: Iterable[tuple[str, str]],
        body: bytes,
        within: Within,
        in_flight: str,
    ) -> Reply | Failure:
        """Send one request once and return the complete reply or how far it got.

        ``in_flight`` names the account whose bulkhead the call occupies; waiting for a place
        counts as time. ``url`` is sent as it is, so it must be encoded already.
        Asserts that no database transaction is open in this task.
        """
        assert open_transactions() == 0, "a network call while a transaction is open"
        exchange = _Exchange(within, first_byte_seconds=self._first_byte_seconds, clock=self.clock)
        try:
            async with exchange.timeout, self._bulkhead(in_flight):
                exchange.phase = Phase.NOT_CONNECTED
                response = await self._opened().request(
                    method,
                    URL(url, encoded=True),
                    headers=list(headers),
                    data=body or None,
                    allow_redirects=False,
                    trace_request_ctx=exchange,
                )
                exchange.phase = Phase.REPLY_PARTIAL
                return await _reply(response, bytes_max=self._reply_bytes_max)
        except (ClientError, TimeoutError, OSError, ValueError, OverflowError) as error:
            # the last two: a header or an address that cannot be sent
            return Failure(exchange.phase, f"{type(error).__name__}: {error}"[:_DETAIL_CHARACTERS])

    def _opened(self) -> ClientSession:
        assert self._session is not None, "not entered"
        return self._session

    def _bulkhead(self, account: str) -> asyncio.Semaphore:
        return self._bulkheads.setdefault(account, asyncio.Semaphore(self._in_flight_max))


async def _reply(response: ClientResponse, *, bytes_max: int) -> Reply:
    try:
        body = await _body(response.content, bytes_max=bytes_max)
    except BaseException:
        response.close()  # what is left of the reply must not meet the next request
        raise
    response.release()
    headers: dict[str, str] = {}
    for written, value in response.headers.items():
        name = written.lower()
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return Reply(response.status, MappingProxyType(headers), body)


async def _body(content: StreamReader, *, bytes_max: int) -> bytes:
    body = bytearray()
    async for chunk in content.iter_chunked(_CHUNK_BYTES):
        body += chunk
        if len(body) > bytes_max:
            raise _ReplyTooLarge(f"more than {bytes_max} bytes")
    return bytes(body)


def _is_readable(connection: Connection) -> bool:
    assert connection.transport is not None
    waiting = select.poll()
    waiting.register(connection.transport.get_extra_info("socket").fileno(), select.POLLIN)
    return bool(waiting.poll(0))


async def _break_once(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    try:
        return await handler(request)
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _Broken(f"{type(error).__name__}: {error}") from error


def _tracing() -> TraceConfig:
    tracing = TraceConfig()
    tracing.on_connection_create_end.append(_connected)
    tracing.on_connection_reuseconn.append(_connected)
    tracing.on_request_headers_sent.append(_before_headers)
    tracing.on_request_chunk_sent.append(_before_body)
    return tracing


# aiohttp awaits the two "sent" hooks before it hands anything to the transport, so what they have
# not seen has not left. The body is written by another task: it checks the time once more.


async def _connected(_: ClientSession, context: SimpleNamespace, __: object) -> None:
    _exchange(context).phase = Phase.NO_BYTE_SENT


async def _before_headers(_: ClientSession, context: SimpleNamespace, __: object) -> None:
    _exchange(context).send()


async def _before_body(_: ClientSession, context: SimpleNamespace, __: object) -> None:
    _exchange(context).refuse_late()


def _exchange(context: SimpleNamespace) -> _Exchange:
    exchange = context.trace_request_ctx
    assert isinstance(exchange, _Exchange)
    return exchange
