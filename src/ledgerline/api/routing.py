"""Which operation answers at an address, and which methods it knows there."""

import re
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from ledgerline.api.operations import Operation
from ledgerline.api.refusals import MethodNotAllowed, NotFound

_PART: Final = re.compile(r"\{(\w+)\}")


class Found(NamedTuple):
    """An operation and the parts of the path that it names; None stands for OPTIONS."""

    operation: Operation | None
    parts: Mapping[str, str]
    allow: str


class Routes:
    """The table of operations by address; fixed addresses come before those with parts."""

    __slots__ = ("_fixed", "_patterns")

    def __init__(self, operations: Sequence[Operation]) -> None:
        """Build the table; two operations of one method and address are a defect."""
        by_path: dict[str, dict[str, Operation]] = {}
        for one in operations:
            methods = by_path.setdefault(one.path, {})
            assert one.method not in methods, one.name
            methods[one.method] = one
        self._fixed = {path: known for path, known in by_path.items() if "{" not in path}
        self._patterns = [
            (_pattern(path), by_path[path])
            for path in sorted(by_path, key=len, reverse=True)  # what says more goes before
            if "{" in path
        ]

    def find(self, method: str, path: str) -> Found:
        """Find what answers; raises ``NotFound`` and ``MethodNotAllowed``.

        HEAD is asked of what answers to GET.
        """
        methods, parts = self._at(path)
        allow = allowed(methods)
        operation = methods.get("GET" if method == "HEAD" else method)
        if operation is None and method != "OPTIONS":
            raise MethodNotAllowed(f"this address answers to {allow}", allow=allow)
        return Found(operation, parts, allow)

    def _at(self, path: str) -> tuple[Mapping[str, Operation], Mapping[str, str]]:
        if path in self._fixed:
            return self._fixed[path], {}
        for pattern, methods in self._patterns:
            matched = pattern.fullmatch(path)
            if matched is not None:
                return methods, matched.groupdict()
        raise NotFound("nothing answers at this address")


def allowed(methods: Mapping[str, Operation]) -> str:
    """List the methods of an address as ``Allow`` does."""
    known = {*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    return ", ".join(sorted(known))


def _pattern(path: str) -> re.Pattern[str]:
    """Read a template: a part in braces is anything within a step of the path."""
    return re.compile(_PART.sub(r"(?P<\1>[^/]+)", path.replace(".", r"\.")))
