"""The public port: from a request to the provider it is for, and to the answer in its dialect."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final

from pspsim import challenges
from pspsim.fields.serving import FIELDS
from pspsim.fields.serving import serve as serve_fields
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.replies import Reply, problem

CHALLENGES: Final = b"challenge/"
"""Where payers prove who they are; they carry no secret of the merchant's."""


class PublicApi:
    """Answer requests for every provider, told apart by the first part of the path.

    Where that names none, a provider at the root is meant: the one whose secret comes along, else
    the first of them.
    """

    __slots__ = ("_at_root", "_date", "_providers")

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        """Serve ``providers``."""
        self._providers = {name.encode(): provider for name, provider in providers.items()}
        self._at_root = [each for each in providers.values() if each.dialect.is_at_root]
        self._date: tuple[datetime, bytes] | None = None

    def __call__(self, request: Request) -> Reply:
        """Answer one request; as every provider it says what time it is there."""
        provider, reply = self._reply(request)
        if provider is None:
            return reply
        return reply._replace(headers=reply.headers + self._dated(provider.books.now))

    def _dated(self, now: datetime) -> bytes:
        if self._date is None or self._date[0] is not now:
            told = format_datetime(now.astimezone(UTC), usegmt=True)
            self._date = (now, f"date: {told}\r\n".encode())
        return self._date[1]

    def _reply(self, request: Request) -> tuple[Provider | None, Reply]:
        path, _, query = request.target.partition(b"?")
        _, _, rest = path.partition(b"/")
        name, _, resource = rest.partition(b"/")
        provider = self._providers.get(name)
        if provider is None and self._at_root:
            provider, resource = self._root(request), rest
        if provider is None:
            return None, problem(404, "not_found", message="there is no such provider")
        return provider, self._served(provider, request, resource=resource, query=query)

    def _served(
        self, provider: Provider, request: Request, *, resource: bytes, query: bytes
    ) -> Reply:
        provider.counts["calls"] += 1
        dialect = provider.dialect
        if resource.startswith(CHALLENGES):
            id_ = resource.removeprefix(CHALLENGES).decode("latin-1")
            own = dialect.own_page(provider, request, id_=id_)
            return own or challenges.serve(provider, request, id_=id_)
        if resource.partition(b"/")[0] == FIELDS:
            where, asked = resource.decode("latin-1"), query.decode("latin-1")
            return serve_fields(provider, request, resource=where, query=asked)
        if provider.is_down():
            provider.counts["fault.outage"] += 1
            return dialect.problem(503, "unavailable")
        if not dialect.knows(provider, request):
            return dialect.problem(401, "unauthorized")
        reply = dialect.serve(
            provider, request, resource=resource.decode("latin-1"), query=query.decode("latin-1")
        )
        if reply.wait_ms:
            return reply
        return reply._replace(wait_ms=provider.latency_ms(provider.counts["calls"]))

    def _root(self, request: Request) -> Provider:
        known = [each for each in self._at_root if each.dialect.knows(each, request)]
        return (known or self._at_root)[0]
