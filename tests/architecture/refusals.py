"""Every refusal of the platform, and the page that lists them.

``python -m tests.architecture.refusals`` writes the page anew.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from ledgerline.api.statuses import STATUS
from ledgerline.base.errors import Rejected
from tests.architecture.modules import ROOT, every_module

PAGE: Final = ROOT / "docs" / "reference" / "refusals.md"
INWARD: Final = ("ledgerline.jobs.", "ledgerline.cli.")
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z]+)*")
_HEAD: Final = """\
# Refusals

A refusal is an answer: the request was understood, refused, and nothing changed. Its `code` is
stable and is what a program should branch on; the texts beside it are for people. Over HTTP a
refusal is a problem document (RFC 9457) with the status given here.

This page is generated from the code by `python -m tests.architecture.refusals`.

| code | HTTP status | meaning |
|---|---|---|
"""

Refusal = type[Rejected]


def every_refusal() -> list[Refusal]:
    """Find every refusal that the platform defines, in order of its code."""
    every_module()
    found = {kind for kind in _below(Rejected) if kind.__module__.startswith("ledgerline.")}
    return sorted(found, key=lambda kind: (_code(kind), kind.__qualname__))


def refusals() -> list[Refusal]:
    """Leave out what only our own processes say to themselves: no caller ever sees it."""
    return [kind for kind in every_refusal() if not kind.__module__.startswith(INWARD)]


def _below(kind: Refusal) -> Iterator[Refusal]:
    for child in kind.__subclasses__():
        yield child
        yield from _below(child)


def _code(kind: Refusal) -> str:
    return str(vars(kind).get("code", ""))


def faults_of(kinds: Iterable[Refusal], status: Mapping[Refusal, int]) -> list[str]:
    """List refusals without a status, a docstring or a code of their own, and stale statuses."""
    listed = list(kinds)
    codes = Counter(_code(kind) for kind in listed)
    return [
        *(f"{kind.__name__} has no status" for kind in listed if kind not in status),
        *(f"{kind.__name__} has a status but does not exist" for kind in status.keys() - {*listed}),
        *(f"{code} is the code of {count}" for code, count in codes.items() if count > 1),
        *(
            f"{kind.__name__} has no code in snake_case"
            for kind in listed
            if _CODE.fullmatch(_code(kind)) is None
        ),
        *(f"{kind.__name__} says nothing" for kind in listed if not vars(kind).get("__doc__")),
    ]


def page() -> str:
    """Write the page from the docstrings."""
    return _HEAD + "".join(
        f"| `{kind.code}` | {STATUS[kind].value} | {_meaning(kind)} |\n" for kind in refusals()
    )


def _meaning(kind: Refusal) -> str:
    assert kind.__doc__ is not None, kind
    paragraph = kind.__doc__.strip().partition("\n\n")[0]
    return " ".join(paragraph.replace("``", "`").replace("|", "\\|").split())


def write(path: Path) -> None:
    """Write the page to ``path``."""
    path.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write(PAGE)
