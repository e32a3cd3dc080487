"""What is found wrong with a catalog. One error refuses the whole; a warning is only told."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import ClassVar

from ledgerline.base.errors import Rejected


class Severity(StrEnum):
    """What a finding does: an error refuses the publication."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found wrong; ``key`` names the row in dotted form: ``plans.family_monthly``.

    ``line`` is where the text says it, or where what it does not say belongs; None without a text.
    """

    severity: Severity
    code: str
    key: str
    message: str
    line: int | None = None


class CatalogRefused(Rejected):
    """The catalog may not be published; ``facts["findings"]`` names the line of every reason."""

    code: ClassVar[str] = "catalog_refused"


def error(code: str, key: str, *, message: str) -> Finding:
    """Make a finding that refuses."""
    return Finding(Severity.ERROR, code, key, message)


def warning(code: str, key: str, *, message: str) -> Finding:
    """Make a finding that is only told."""
    return Finding(Severity.WARNING, code, key, message)


def located(found: Iterable[Finding], lines: Mapping[str, int]) -> tuple[Finding, ...]:
    """Give each finding its line: that of its key, else of the nearest key above; in their order.

    Shape: the same findings, sorted by line.
    """
    placed = [replace(finding, line=_line(finding.key, lines)) for finding in found]
    return tuple(sorted(placed, key=lambda finding: finding.line or 0))


def _line(key: str, lines: Mapping[str, int]) -> int | None:
    while key and key not in lines:
        key = key.rpartition(".")[0]
    return lines.get(key)


def refuse_errors(found: Iterable[Finding]) -> None:
    """Raise ``CatalogRefused`` if any finding is an error; warnings pass."""
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    if errors:
        raise CatalogRefused(
            f"{len(errors)} findings refuse the catalog, the first: {errors[0].message}",
            findings=[
                {"line": e.line, "code": e.code, "key": e.key, "message": e.message} for e in errors
            ],
        )
