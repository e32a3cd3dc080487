"""Prove a series: numbers without a gap, each chained to the one before it and to its body.

The same proof is made of the register in a database and of an archive on a disk that knows none.
"""

from dataclasses import dataclass, field
from typing import Final, NamedTuple

import msgspec

from ledgerline.catalog.rules.numbering import display, read_template
from ledgerline.documents.seal import FIRST, body_hash, seal
from ledgerline.documents.snapshot import FORMAT, Body, decode

FAULTS_MAX: Final = 100  # of a series; more say nothing new


class Entry(NamedTuple):
    """One place of a register; ``body`` is None where it cannot be read any more."""

    position: int
    number: str
    body_hash: bytes
    hash: bytes
    body: bytes | None


class Fault(NamedTuple):
    """What is wrong at a place of a series."""

    series: str
    position: int
    number: str
    text: str


@dataclass(slots=True)
class Proof:
    """Goes along a series from ``position`` on and keeps what is wrong.

    ``previous`` is the hash before it. ``template`` and ``year`` say what its numbers look like.
    """

    series: str
    template: str
    year: str
    position: int = 1
    previous: bytes = FIRST
    documents: int = 0
    faults: list[Fault] = field(default_factory=list)

    def add(self, entry: Entry) -> Body | None:
        """Prove the next entry; return what its body says, None where that is not proven."""
        self.documents += 1
        self._place(entry)
        chained = seal(
            entry.body_hash, series=self.series, position=entry.position, number=entry.number,
            previous=self.previous,
        )  # fmt: skip
        if chained != entry.hash:
            self._fault(entry, "the hash does not follow from the document before it")
        self.position, self.previous = entry.position + 1, entry.hash
        return self._body(entry)

    def note(self, position: int, number: str, text: str) -> None:
        """Keep what is wrong at a place."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(Fault(self.series, position, number, text))

    def _place(self, entry: Entry) -> None:
        if entry.position != self.position:
            gap = f"position {self.position} is expected here, there is a gap"
            self._fault(entry, gap if entry.position > self.position else "the position repeats")
        shown = display(read_template(self.template), year=self.year, position=entry.position)
        if shown != entry.number:
            self._fault(entry, f"the number should read {shown}")

    def _body(self, entry: Entry) -> Body | None:
        if entry.body is None:
            self._fault(entry, "the body is missing or cannot be opened")
            return None
        if body_hash(entry.body) != entry.body_hash:
            self._fault(entry, "the body says something else than what was numbered")
            return None
        try:
            body = decode(entry.body)
        except msgspec.DecodeError as error:
            self._fault(entry, f"the body is none that was ever written: {error}")
            return None
        if (body.series, body.format) != (self.series, FORMAT):
            self._fault(entry, "the body belongs to another series")
        return body

    def _fault(self, entry: Entry, text: str) -> None:
        self.note(entry.position, entry.number, text)
