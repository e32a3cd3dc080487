"""Which filters of which lists may be saved, and how they are written."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from ledgerline.access.model import FilterRefused

NAME_MAX: Final = 60
_VALUE_MAX: Final = 100
LISTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "/console/payments": ("state",),
        "/console/invoices": ("state",),
        "/console/exceptions": ("of", "state"),
        "/console/audit": ("by",),
    }
)
"""What filters each list, in the order in which it is written: no other address is kept."""


def query_of(path: str, asked: Mapping[str, str]) -> str:
    """Write what filters a list; empty where nothing does, or there is no such list."""
    said = [(name, asked[name]) for name in LISTS.get(path, ()) if asked.get(name)]
    return urlencode([(name, value[:_VALUE_MAX]) for name, value in said])


def require_filter(path: str, query: str, name: str) -> str:
    """Return the name of a filter as it is kept; raises ``FilterRefused``."""
    if path not in LISTS or not query:
        raise FilterRefused("filter the list first")
    return require_name(name)


def require_name(name: str) -> str:
    """Return a name without what surrounds it; raises ``FilterRefused``."""
    written = " ".join(name.split())
    if not 1 <= len(written) <= NAME_MAX:
        raise FilterRefused(f"a name has 1 to {NAME_MAX} characters")
    return written
