"""JSON pointers (RFC 6901), and a walk over a value that knows the place of each part."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Optional


class Place(NamedTuple):
    """A step down from ``within``; None stands for the whole value.

    Places share what leads to them, so that a wide list deep down costs no more than its length.
    """

    within: Optional["Place"]
    step: str | int

    def pointer(self) -> str:
        """Write the place as a pointer."""
        steps: list[str] = []
        place: Place | None = self
        while place is not None:
            steps.append(escaped(str(place.step)))
            place = place.within
        return "".join(f"/{step}" for step in reversed(steps))


def parts(value: object) -> Iterator[tuple[Place | None, object]]:
    """Walk a JSON-like value of any depth; the name of a member has the place of its object.

    A loop, since recursion would end in a crash.
    """
    waiting: list[tuple[Place | None, object]] = [(None, value)]
    while waiting:
        place, at = waiting.pop()
        yield place, at
        match at:
            case Mapping():
                waiting += [(Place(place, str(name)), part) for name, part in at.items()]
                waiting += [(place, str(name)) for name in at]
            case list() | tuple():
                waiting += [(Place(place, n), part) for n, part in enumerate(at)]
            case _:
                pass


def pointer_to(place: Place | None) -> str:
    """Write a place as a pointer; that of the whole value is empty."""
    return "" if place is None else place.pointer()


def escaped(name: str) -> str:
    """Write a name as a step of a pointer (§3)."""
    return name.replace("~", "~0").replace("/", "~1")
