"""Templates and their content become PDF/A-3a and PDF/UA-1 documents."""

import json
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Final

import typst

from ledgerline.documents.faces import FOLDER, typesetting

# Part of a rendering's identity: other versions may draw the same content in other bytes.
RENDERER: Final = "typst-0.15.2/babel-2.19.0"


def template(name: str) -> bytes:
    """Read a template of this package; done once, when a renderer is imported."""
    return files("ledgerline.documents").joinpath("templates", name).read_bytes()


def compile_pdf(
    source: bytes,
    content: Mapping[str, object],
    *,
    created: datetime,
    packages: frozenset[str] = frozenset(),
) -> bytes:
    """Typeset the content by the template; the same arguments give the same bytes.

    `created` is the only time in the document. Every text in `content` must be printable with the
    committed fonts and those of `packages`. A warning of the typesetter (an unknown font family,
    say) is a defect of the template.
    """
    # A compiler is not safe to share between threads; making one costs less than a tenth of a
    # millisecond since fonts are shared.
    compiler = typst.Compiler(
        source, root=FOLDER, font_paths=typesetting(packages), ignore_system_fonts=True
    )
    pdf, warnings = compiler.compile_with_warnings(
        format="pdf",
        sys_inputs={"content": json.dumps(content, ensure_ascii=True, separators=(",", ":"))},
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(created.timestamp()),
    )
    assert not warnings, [warning.message for warning in warnings]
    assert isinstance(pdf, bytes), type(pdf)
    return pdf
