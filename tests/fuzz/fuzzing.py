"""Run Schemathesis with ids that exist: ``python -m tests.fuzz.fuzzing <ids as JSON> run <url> …``.

Random ids are of nothing, so most of what they find is a 404. Well-formed requests therefore name
things that are there, all of one customer; whatever is meant to be wrong stays as it was made.
"""

import json
import sys
from binascii import crc32
from typing import Any, Final

import schemathesis
from schemathesis.cli import schemathesis as command

_KNOWN: Final[list[dict[str, str]]] = json.loads(sys.argv[1])
_SHAPE: Final = frozenset(
    {"invalid_value", "unknown_field", "wrong_id_kind", "malformed", "not_json", "not_acceptable"}
)
_FRACTION: Final = ", not a number"


@schemathesis.hook
def before_call(_context: Any, case: Any, _kwargs: dict[str, Any]) -> None:
    """Name things that exist in what is meant to be accepted."""
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    known = _KNOWN[crc32(case.id.encode()) % len(_KNOWN)]
    for part in (case.path_parameters, case.query, case.body):
        if isinstance(part, dict):
            for name, value in part.items():
                part[name] = _known(known, name, value)
    if case.operation.method == "patch" and isinstance(case.body, dict):  # said twice it may differ
        case.body["version"] = case.body.get("version") or 1
        case.headers.pop("If-Match", None)


@schemathesis.hook
def filter_failure(_context: Any, failure: Any, _case: Any, response: Any) -> bool:
    """Let rules refuse what is well formed: an unknown plan is no fault of the description.

    To JSON Schema 1.0 is an integer; we read whole numbers without a fraction only.
    """
    if type(failure).__name__ != "RejectedPositiveData":
        return True
    problem = response.json()
    wrong = [one["detail"] for one in problem.get("errors", [])]
    if wrong and all(
        one.startswith("expected an integer") and one.endswith(_FRACTION) for one in wrong
    ):
        return False
    return problem.get("code") in _SHAPE or "code" not in problem


def _known(known: dict[str, str], name: str, value: object) -> object:
    """Return a thing of the kind an id names, or a code that exists; anything else stays."""
    prefix = value.partition("_")[0] if isinstance(value, str) else ""
    return known.get(prefix) or known.get(name) or value


if __name__ == "__main__":
    command(sys.argv[2:], prog_name="schemathesis")
