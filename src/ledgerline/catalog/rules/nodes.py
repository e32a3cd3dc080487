"""Read a YAML text as plain text under keys: no typing, no aliases, every mistake kept.

YAML guesses the type of a scalar: ``NO`` becomes false, ``1e3`` a float, ``010`` eight. Nothing
here lets it guess. A reader that cannot read notes a ``Problem`` and returns a stand-in of the
right type, so that one pass finds every mistake; a document with problems is refused as a whole,
and no stand-in leaves.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import ClassVar, Final, TypeVar

import yaml

from ledgerline.base.errors import Rejected

TEXT_CHARACTERS_MAX: Final = 1_000_000
DEPTH_MAX: Final = 8  # mappings and lists inside one another; a catalog needs five
VALUE_CHARACTERS_MAX: Final = 300
DIGITS_MAX: Final = 9
NO_DATE: Final = date(1, 1, 1)

_INTEGER: Final = re.compile(r"0|[1-9][0-9]*")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a text: its line (from 1), the dotted key it stands under, what is wrong."""

    line: int
    key: str
    message: str


class CatalogInvalid(Rejected):
    """A catalog text has mistakes; ``facts["errors"]`` names every one of them."""

    code: ClassVar[str] = "catalog_invalid"


@dataclass(frozen=True, slots=True)
class Notes:
    """What one reading of a text gathers: its problems, and the line of every dotted key."""

    problems: list[Problem] = field(default_factory=list)
    lines: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spot:
    """One place in a text: a node, the line and dotted key it stands at, and the notes.

    Shape: all spots of one reading share their notes.
    """

    node: yaml.Node
    line: int
    key: str
    notes: Notes = field(repr=False)

    def note(self, message: str, *, line: int | None = None, key: str | None = None) -> None:
        """Add a problem to the notes, at this place unless another is named."""
        at = Problem(line or self.line, self.key if key is None else key, message)
        self.notes.problems.append(at)

    def mark(self, key: str) -> None:
        """Remember this line as that of another key, too, unless the key was met before."""
        self.notes.lines.setdefault(key, self.line)

    def text(self) -> str:
        """Read the scalar as it is written; stand-in: the empty text."""
        written = self._scalar(VALUE_CHARACTERS_MAX)
        if written.isprintable():
            return written
        self.note("must be one line without control characters")
        return ""

    def block(self, *, longest: int) -> str:
        """Read the scalar with its lines; stand-in: the empty text."""
        written = self._scalar(longest)
        if all(line.replace("\t", " ").isprintable() for line in written.split("\n")):
            return written
        self.note("must be lines without control characters")
        return ""

    def _scalar(self, longest: int) -> str:
        if not isinstance(self.node, yaml.ScalarNode):
            self.note("must be a single value")
            return ""
        written = str(self.node.value).strip()
        if not written:
            self.note("must not be empty")
        elif len(written) > longest:
            self.note(f"must have at most {longest} characters")
            return ""
        return written

    def matching(self, pattern: re.Pattern[str], *, wanted: str) -> str:
        """Read text of one form; ``wanted`` says the form in words; stand-in: the empty text."""
        written = self.text()
        if not written or pattern.fullmatch(written):
            return written
        self.note(f"must be {wanted}, not {written!r}")
        return ""

    def integer(self, *, least: int, most: int) -> int:
        """Read a whole number written with plain digits; stand-in: ``least``."""
        written = self.matching(_INTEGER, wanted=f"a whole number from {least} to {most}")
        if not written:
            return least
        if len(written) > DIGITS_MAX or not least <= int(written) <= most:
            self.note(f"must be a whole number from {least} to {most}, not {written!r}")
            return least
        return int(written)

    def day(self) -> date:
        """Read a date written ``YYYY-MM-DD``; stand-in: the first day of year 1."""
        written = self.matching(_DATE, wanted="a date written YYYY-MM-DD")
        if not written:
            return NO_DATE
        try:
            return date.fromisoformat(written)
        except ValueError:
            self.note(f"is no day of the calendar: {written}")
            return NO_DATE

    def choice(self, kind: type[Choice]) -> Choice:
        """Read one of the values of an enumeration; stand-in: its first."""
        written = self.text()
        for member in kind:
            if member.value == written:
                return member
        if written:
            self.note(f"must be one of {', '.join(kind)}, not {written!r}")
        return next(iter(kind))

    def one_of(self, known: Sequence[str] | Mapping[str, object], *, what: str) -> str:
        """Read a name that must be among the ``known``; stand-in: the empty text."""
        written = self.text()
        if not written or written in known:
            return written
        self.note(f"names an unknown {what}: {written!r}")
        return ""

    def entries(self) -> Iterator[tuple[str, "Spot"]]:
        """Walk the keys of a mapping in order; a key met twice is noted and passed over."""
        if not isinstance(self.node, yaml.MappingNode):
            self.note("must be a mapping of keys to values")
            return
        first: dict[str, int] = {}
        for name_node, value in self.node.value:
            line = name_node.start_mark.line + 1
            if not isinstance(name_node, yaml.ScalarNode) or not name_node.value:
                self.note("a key must be a text", line=line)
                continue
            name = str(name_node.value)
            key = f"{self.key}.{name}" if self.key else name
            if name in first:
                self.note(f"is written twice, first on line {first[name]}", line=line, key=key)
                continue
            first[name] = line
            yield name, self._below(value, line=line, key=key)

    @property
    def is_list(self) -> bool:
        """Whether a list is written here."""
        return isinstance(self.node, yaml.SequenceNode)

    def items(self) -> Iterator["Spot"]:
        """Walk the items of a list in order; their keys end in ``[0]``, ``[1]``, …."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.note("must be a list")
            return
        for index, node in enumerate(self.node.value):
            key = f"{self.key}[{index}]"
            yield self._below(node, line=node.start_mark.line + 1, key=key)

    def named(self) -> "tuple[str, Spot | None]":
        """Read a name alone, or one name with its value; stand-in: the empty name."""
        if not isinstance(self.node, yaml.MappingNode):
            return self.text(), None
        entries = list(self.entries())
        if len(entries) == 1:
            return entries[0]
        self.note("must be one name with its value")
        return "", None

    def fields(self, *required: str, optional: Sequence[str] = ()) -> Mapping[str, "Spot"]:
        """Read a mapping with a fixed set of keys.

        Shape: one spot a key that is there, and a stand-in spot for each missing required one, so
        that a caller may read every required key without asking. An unknown key is noted.
        """
        found: dict[str, Spot] = {}
        for name, spot in self.entries():
            if name in required or name in optional:
                found[name] = spot
            else:
                spot.note(f"is not a known key; known are {', '.join((*required, *optional))}")
        for name in required:
            if name not in found:
                found[name] = self._missing(name)
        return found

    def _below(self, node: yaml.Node, *, line: int, key: str) -> "Spot":
        self.notes.lines[key] = line
        return Spot(node, line, key, self.notes)

    def _missing(self, name: str) -> "Spot":
        key = f"{self.key}.{name}" if self.key else name
        if isinstance(self.node, yaml.MappingNode):
            self.note("is missing", key=key)
        # Whatever is read from the stand-in goes to notes of its own: the absence was noted once.
        return Spot(yaml.ScalarNode("", ""), self.line, key, Notes())


def root(text: str) -> Spot:
    """Read a text into the spot of its whole; raises ``CatalogInvalid`` if it is not one document.

    Aliases, anchors and explicit types are refused before anything is built, so that a short text
    cannot grow, nor say a value twice in a way the eye does not see.
    """
    if len(text) > TEXT_CHARACTERS_MAX:
        refuse([Problem(1, "", f"must have at most {TEXT_CHARACTERS_MAX} characters")])
    problems: list[Problem] = []
    node: yaml.Node | None = None
    try:
        problems.extend(_surprises(text))
        if not problems:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        problems.append(_unreadable(error, text))
    if node is None and not problems:
        problems.append(Problem(1, "", "is empty"))
    refuse(problems)
    assert node is not None, "a text without a document has a problem"
    return Spot(node, 1, "", Notes())


def refuse(problems: Sequence[Problem]) -> None:
    """Raise ``CatalogInvalid`` with every problem in the order of the lines, if there is one."""
    if not problems:
        return
    ordered = sorted(problems, key=lambda problem: problem.line)
    errors = [{"line": at.line, "key": at.key, "message": at.message} for at in ordered]
    count = f"{len(errors)} mistake{'s' if len(errors) > 1 else ''}"
    raise CatalogInvalid(
        f"the catalog has {count}, the first on line {ordered[0].line}", errors=errors
    )


def _surprises(text: str) -> Iterator[Problem]:
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        line = event.start_mark.line + 1 if event.start_mark else 1
        if isinstance(event, yaml.AliasEvent):
            yield Problem(
                line, "", f"the alias *{event.anchor} is not allowed: write the value out"
            )
        elif isinstance(event, yaml.NodeEvent) and event.anchor:
            yield Problem(line, "", f"the anchor &{event.anchor} is not allowed")
        if isinstance(event, yaml.ScalarEvent | yaml.CollectionStartEvent) and event.tag:
            yield Problem(line, "", f"the type {event.tag} is not allowed: all values are text")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEPTH_MAX:
            yield Problem(line, "", f"is nested deeper than {DEPTH_MAX} levels")
            return


def _unreadable(error: yaml.YAMLError, text: str) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        return Problem(line, "", f"is not YAML: {error.problem or error.context}")
    position = getattr(error, "position", 0)
    line = text.count("\n", 0, position) + 1
    return Problem(line, "", "is not YAML: it contains a character that may not stand in a text")
