"""The public port: from a request to the provider it is for, and to the answer in its dialect."""

from collections.abc import Mapping

from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.replies import Reply, problem


class PublicApi:
    """Answer requests for every provider, told apart by the first part of the path."""

    __slots__ = ("_providers",)

    def __init__(self, providers: Mapping[str, Provider]) -> None:
        """Serve ``providers``."""
        self._providers = {name.encode(): provider for name, provider in providers.items()}

    def __call__(self, request: Request) -> Reply:
        """Answer one request."""
        path, _, query = request.target.partition(b"?")
        _, _, rest = path.partition(b"/")
        name, _, resource = rest.partition(b"/")
        provider = self._providers.get(name)
        if provider is None:
            return problem(404, "not_found", message="there is no such provider")
        provider.counts["calls"] += 1
        dialect = provider.dialect
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
