"""Assets under names that hold their hash, and what templates and styles must not do."""

import gzip
import re
from collections.abc import Iterator
from importlib.resources import files
from typing import Final

import pytest

from ledgerline.web import assets
from ledgerline.web.wire import Message, Request

STYLE_BYTES_MAX: Final = 30_000
CRITICAL_BYTES_MAX: Final = 30_000  # HTML, stylesheet and script over the wire
HTML_BYTES_MAX: Final = 10_000
SCRIPT_LINES_MAX: Final = 300
_PHYSICAL: Final = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border)-(?:left|right|top|bottom)|left|right|width|height"
    r"|min-width|max-width|text-align:\s*(?:left|right)|float)\s*:"
)


async def _nothing() -> Message:
    raise AssertionError


def _request(path: str, **headers: str) -> Request:
    named = [(name.replace("_", "-"), value) for name, value in headers.items()]
    return Request(id="req", method="GET", path=path, query=b"", headers=named, receive=_nothing)


@pytest.mark.parametrize("name", sorted(assets.assets()))
def test_an_asset_is_served_for_ever_and_packed_where_that_helps(name: str) -> None:
    asset = assets.assets()[name]
    plain = assets.serve(_request(assets.address(name)))
    packed = assets.serve(_request(assets.address(name), accept_encoding="br, gzip"))
    assert plain is not None
    assert packed is not None
    assert plain.body == asset.body
    assert plain.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    if asset.packed is None:
        assert packed.body == asset.body
    else:
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == asset.body


def test_only_the_names_of_this_release_are_served() -> None:
    for path in ("/assets/ledgerline.css", "/assets/../policy.py", "/assets/", "/assets/x.css"):
        assert assets.serve(_request(path)) is None


def test_the_stylesheet_names_the_font_by_its_hash() -> None:
    text = assets.stylesheet().decode()
    assert assets.address("inter-latin.woff2") in text
    assert "url(inter" not in text


def test_the_critical_path_is_light() -> None:
    style, script = assets.assets()["ledgerline.css"], assets.assets()["checkout.js"]
    assert style.packed is not None
    assert script.packed is not None
    assert len(style.body) <= STYLE_BYTES_MAX
    assert len(style.packed) + len(script.packed) + HTML_BYTES_MAX <= CRITICAL_BYTES_MAX
    assert len(script.body.splitlines()) < SCRIPT_LINES_MAX


def test_styles_know_no_left_and_no_right() -> None:
    assert _PHYSICAL.search("a {margin-left: 0}")
    text = re.sub(r"@media[^{]+", "", assets.stylesheet().decode())
    assert _PHYSICAL.search(text) is None


def _templates() -> Iterator[tuple[str, str]]:
    for package in ("ledgerline.storefront", "ledgerline.web"):
        for file in files(package).joinpath("templates").iterdir():
            yield file.name, file.read_text("utf-8")


@pytest.mark.parametrize(("name", "text"), list(_templates()))
def test_templates_carry_no_style_no_handler_and_no_script(name: str, text: str) -> None:
    assert not re.search(r"""\sstyle=|\son[a-z]+=["']|javascript:|<style|\|\s*safe""", text), name
    for tag in re.findall(r"<script[^>]*>", text):
        assert "src=" in tag, name
        assert "nonce=" in tag, name


def test_the_script_writes_no_markup() -> None:
    script = assets.read("checkout.js").decode()
    for sink in (
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "document.write",
        "eval(",
        "srcdoc",
    ):
        assert sink not in script
