"""A logo is a drawing: what runs, loads or embeds is refused with its reason."""

import pytest

from ledgerline.catalog.rules.images import BYTES_MAX, ImageFaulty, check_svg
from ledgerline.catalog.rules.parse import parse
from tests.unit.catalog.texts import SHIPPED

SVG = 'xmlns="http://www.w3.org/2000/svg"'
XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'


def svg(inside: str, *, attributes: str = "") -> str:
    return f"<svg {SVG} {XLINK} {attributes}>{inside}</svg>"


@pytest.mark.parametrize(
    "image",
    [
        svg('<path d="M0 0h9v9z" fill="#1f7a5c"/>'),
        svg(
            '<defs><linearGradient id="g"/></defs><rect fill="url(#g)" clip-path="url( \'#c\' )"/>'
        ),
        svg('<symbol id="s"><circle r="4"/></symbol><use href="#s"/><use xlink:href="#s"/>'),
        svg("<style>.a { fill: red }</style><text>Fjørd</text><!-- a comment -->"),
        f'<?xml version="1.0" encoding="ISO-8859-1"?>{svg("<title>Fjørd</title>")}',
    ],
)
def test_a_drawing_is_accepted(image: str) -> None:
    check_svg(image)


def test_shipped_logo_is_a_drawing() -> None:
    [logo] = [seller.logo for seller in parse(SHIPPED).sellers if seller.logo]
    check_svg(logo)


OUTSIDE = "must not refer to anything outside of it: "


@pytest.mark.parametrize(
    ("_case", "image", "reason"),
    [
        ("no XML", "<svg", "is not XML: unclosed token on line 1 of it"),
        ("not closed", f"<svg {SVG}>\n<g>", "is not XML: no element found on line 2 of it"),
        ("another root", f"<g {SVG}/>", f"must begin with <svg {SVG}>"),
        ("no name space", "<svg/>", f"must begin with <svg {SVG}>"),
        ("a document type", f"<!DOCTYPE svg>{svg('')}", "must not have a DOCTYPE"),
        (
            "entities that grow",
            f'<!DOCTYPE svg [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>{svg("<title>&b;</title>")}',
            "must not have a DOCTYPE",
        ),
        (
            "a style sheet",
            f'<?xml-stylesheet href="https://a.example/a.css"?>{svg("")}',
            "must not have a processing instruction: <?xml-stylesheet",
        ),
        (
            "a script",
            svg("<script>alert(1)</script>"),
            "must not contain <script>: a logo is a drawing of shapes and text",
        ),
        (
            "another language inside",
            svg("<foreignObject/>"),
            "must not contain <foreignObject>: a logo is a drawing of shapes and text",
        ),
        (
            "an image inside",
            svg('<image href="#a"/>'),
            "must not contain <image>: a logo is a drawing of shapes and text",
        ),
        (
            "a link that is set later",
            svg('<use href="#a"><set attributeName="href" to="https://a.example"/></use>'),
            "must not contain <set>: a logo is a drawing of shapes and text",
        ),
        (
            "what only an editor reads",
            svg('<a:view xmlns:a="urn:editor"/>'),
            "must not contain <view>: a logo is a drawing of shapes and text",
        ),
        ("a handler", svg("", attributes='onload="alert(1)"'), "must not run anything: onload"),
        (
            "another base",
            svg("", attributes='xml:base="https://a.example/"'),
            "must not name a base for its references",
        ),
        (
            "a file",
            svg('<use href="file:///etc/passwd"/>'),
            f"{OUTSIDE}'file:///etc/passwd'",
        ),
        (
            "a reference in the older way",
            svg('<use xlink:href=" https://a.example/a.svg#b"/>'),
            f"{OUTSIDE}' https://a.example/a.svg#b'",
        ),
        (
            "a paint from elsewhere",
            svg("<rect fill=\"URL( 'https://a.example/p.svg#p' )\"/>"),
            f"{OUTSIDE}\"URL( 'https://a.example/p.svg#p' )\"",
        ),
        (
            "a font from elsewhere",
            svg("<style>@import 'https://a.example/a.css';</style>"),
            f"{OUTSIDE}\"@import 'https://a.example/a.css';\"",
        ),
        (
            "a reference that is spelled otherwise",
            svg(r'<rect style="fill: u\72l(https://a.example/p)"/>'),
            f"{OUTSIDE}'fill: u\\\\72l(https://a.example/p)'",
        ),
        (
            "a style in pieces",
            svg("<style>.a{fill:u<!-- -->rl(https://a.example/p)}</style>"),
            f"{OUTSIDE}'.a{{fill:url(https://a.example/p)}}'",
        ),
        (
            "a set of images",
            svg("""<rect style="fill: image-set('//a.example/a.png')"/>"""),
            f"{OUTSIDE}\"fill: image-set('//a.example/a.png')\"",
        ),
        (
            "too much of it",
            svg(f"<title>{'a' * BYTES_MAX}</title>"),
            f"must have at most {BYTES_MAX} bytes, not {BYTES_MAX + 105}",
        ),
    ],
)
def test_what_is_no_drawing_is_refused(_case: str, image: str, reason: str) -> None:
    with pytest.raises(ImageFaulty) as refused:
        check_svg(image)
    assert str(refused.value) == reason
