"""Documents as PDF: one renderer for every kind, from what the document says and nothing else."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from ledgerline.documents import faces
from ledgerline.documents.content import content_of, writing_of
from ledgerline.documents.pdf import RENDERER, compile_pdf, template
from ledgerline.documents.snapshot import Document

# Part of a rendering's identity, as RENDERER is: raise it with every change of template, texts,
# or of how a content is made.
TEMPLATE_VERSION: Final = 3

_TEMPLATE: Final = template("document.typ")
_LINES_OF_ONE_PAGE: Final = 8  # most documents of so many lines have one page; which is then seen
_ONE_PAGE: Final = b"/Type/Pages/Count 1/"


class Paper(StrEnum):
    """The sheet a document is laid out for."""

    A4 = "a4"
    LETTER = "us-letter"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF that says the same as its pages, for machines."""

    name: str
    content: bytes
    mime_type: str
    description: str


def render_pdf(
    document: Document, *, paper: Paper = Paper.A4, attachment: Attachment | None = None
) -> bytes:
    """Render a document, or a preview of one, as PDF/A-3a and PDF/UA-1.

    The same arguments give the same bytes in every process and on every machine. Any text renders:
    what no font of ours has is replaced (see `glyphs.Ink`). Raises `faces.FontsMissing` when a
    script needs fonts that are not installed.
    """
    writing = writing_of(document)
    content = content_of(document, writing)
    families = writing.ink.families()
    placed = {"families": families, "paper": paper, "attachment": _attached(attachment)}
    created = datetime.fromisoformat(document.body.issued_at)
    packages = writing.ink.packages()
    if len(document.body.lines) <= _LINES_OF_ONE_PAGE:
        one = {**content, **placed, "pages": 1}
        pdf = compile_pdf(_TEMPLATE, one, created=created, packages=packages)
        if _ONE_PAGE in pdf:
            return pdf
    counted = {**content, **placed, "pages": None}
    return compile_pdf(_TEMPLATE, counted, created=created, packages=packages)


def rendering_key(document: Document, paper: Paper = Paper.A4) -> str:
    """Name what decides the bytes of a rendering beside the document itself.

    Renderer, template and the fonts this document needs, installed or not: two renderings of one
    document with one key are the same bytes.
    """
    writing = writing_of(document)
    content_of(document, writing)
    fonts = faces.set_hash(writing.ink.needed())
    return f"{RENDERER}/template-{TEMPLATE_VERSION}/fonts-{fonts}/{paper}"


def _attached(attachment: Attachment | None) -> dict[str, object] | None:
    if attachment is None:
        return None
    try:
        content: object = attachment.content.decode("utf-8")
    except UnicodeDecodeError:
        content = list(attachment.content)
    return {
        "name": attachment.name,
        "content": content,
        "mime_type": attachment.mime_type,
        "description": attachment.description,
    }
