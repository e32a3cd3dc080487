"""Judge an SVG image before it becomes part of documents: a drawing, and nothing that acts."""

import re
from typing import Final
from xml.parsers import expat

BYTES_MAX: Final = 64 * 1024
_SVG: Final = "http://www.w3.org/2000/svg"
_SEPARATOR: Final = " "

# Shapes, paints and their grouping. What is not here runs, moves, loads or embeds something, or is
# nothing that a page can show.
_DRAWN: Final = frozenset({
    "svg", "g", "defs", "symbol", "use", "title", "desc", "style", "path", "rect", "circle",
    "ellipse", "line", "polyline", "polygon", "text", "tspan", "linearGradient", "radialGradient",
    "stop", "clipPath", "mask", "pattern", "marker",
})  # fmt: skip
# A backslash can spell `url` or `@import` in a way that no search finds.
_REFERENCE: Final = re.compile(r"url\((?!\s*['\"]?\s*#)|//|@|\\", re.IGNORECASE)


class ImageFaulty(Exception):
    """An image that may not be part of a document; the text says why."""


def check_svg(text: str) -> None:
    """Raise ``ImageFaulty`` unless a text is an SVG drawing that needs nothing from outside.

    The text is parsed, never interpreted: a document type is refused where it begins, so that no
    entity is ever declared.
    """
    raw = text.encode()
    if len(raw) > BYTES_MAX:
        raise ImageFaulty(f"must have at most {BYTES_MAX} bytes, not {len(raw)}")
    reader = _Reader()
    try:
        reader.parser.Parse(raw, True)  # noqa: FBT003 - the signature of the standard library
    except expat.ExpatError as fault:
        what = expat.ErrorString(fault.code)
        raise ImageFaulty(f"is not XML: {what} on line {fault.lineno} of it") from fault


class _Reader:
    """Sees every element, attribute and style of an image once."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate("utf-8", _SEPARATOR)
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction
        self.parser.StartElementHandler = self._element
        self.parser.CharacterDataHandler = self._characters
        self.parser.EndElementHandler = self._end
        self._open: list[str] = []
        self._style: list[str] = []

    def _doctype(self, *_: object) -> None:
        raise ImageFaulty("must not have a DOCTYPE")

    def _instruction(self, target: str, _: str) -> None:
        raise ImageFaulty(f"must not have a processing instruction: <?{target}")

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(_SEPARATOR)
        if not self._open and (space, local) != (_SVG, "svg"):
            raise ImageFaulty(f'must begin with <svg xmlns="{_SVG}">')
        if space != _SVG or local not in _DRAWN:
            raise ImageFaulty(f"must not contain <{local}>: a logo is a drawing of shapes and text")
        for attribute, value in attributes.items():
            _check_attribute(attribute.rpartition(_SEPARATOR)[2], value)
        self._open.append(local)

    def _end(self, _: str) -> None:
        if self._open.pop() == "style":
            _check_style("".join(self._style))
            self._style.clear()

    def _characters(self, text: str) -> None:
        if self._open[-1] == "style":
            self._style.append(text)


def _check_attribute(name: str, value: str) -> None:
    if name.lower().startswith("on"):
        raise ImageFaulty(f"must not run anything: {name}")
    if name == "base":
        raise ImageFaulty("must not name a base for its references")
    if name in {"href", "src"} and not value.strip().startswith("#"):
        raise ImageFaulty(f"must not refer to anything outside of it: {value[:60]!r}")
    _check_style(value)


def _check_style(text: str) -> None:
    if _REFERENCE.search(text):
        raise ImageFaulty(f"must not refer to anything outside of it: {text.strip()[:60]!r}")
