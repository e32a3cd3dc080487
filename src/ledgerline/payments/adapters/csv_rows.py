"""Rows of a CSV file that streams by, and a list of all that is wrong with it."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO, Final

from ledgerline.payments.refusals import SettlementFileRefused

LINE_BYTES_MAX: Final = 16_384
PROBLEMS_MAX: Final = 100  # nobody reads more; what they have in common shows before


@dataclass(slots=True)
class Problems:
    """What is wrong with a file, in the order of its lines."""

    sentences: list[str] = field(default_factory=list)
    count: int = 0

    def add(self, line_no: int, problem: str) -> None:
        """Note what is wrong with a line; the first hundred are kept in words."""
        self.count += 1
        if len(self.sentences) < PROBLEMS_MAX:
            self.sentences.append(f"line {line_no}: {problem}")

    def end(self) -> None:
        """Raise ``SettlementFileRefused`` if anything was wrong."""
        if self.count:
            raise refused(f"{self.count} lines cannot be read", self.sentences)


def refused(what: str, problems: list[str]) -> SettlementFileRefused:
    """Return a refusal that says ``what`` is wrong and where."""
    return SettlementFileRefused("; ".join([what, *problems[:1]]), problems=problems)


def rows(raw: BinaryIO) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of a CSV file in UTF-8 with the numbers of their lines, counted from 1.

    Raises ``SettlementFileRefused`` for what is no such file, and for a last line without an end:
    whatever cut it may have cut more.
    """
    table = csv.reader(_lines(raw), strict=True)
    try:
        for row in table:
            yield table.line_num, row
    except (UnicodeDecodeError, csv.Error) as error:
        where = f"line {table.line_num + 1}: {_told(error)}"
        raise refused("this is no CSV in UTF-8", [where]) from None


def _lines(raw: BinaryIO) -> Iterator[str]:
    encoding = "utf-8-sig"  # a mark of the byte order may stand before the first line only
    for line in iter(partial(raw.readline, LINE_BYTES_MAX), b""):
        if not line.endswith(b"\n"):
            raise csv.Error("the line has no end, or is too long")
        yield line.decode(encoding)
        encoding = "utf-8"


def _told(error: UnicodeDecodeError | csv.Error) -> str:
    return "no UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)
