"""Letters: every kind in every language, safe, small, and the same bytes each time."""

import ast
import dataclasses
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from importlib.resources import files
from typing import Final
from uuid import UUID

import pytest
from babel.messages.catalog import Message
from msgspec.structs import replace

from ledgerline.letters.facts import Facts, read_facts, write_facts
from ledgerline.letters.kinds import KINDS
from ledgerline.letters.message import Attached, Head, compose, is_address, message_id
from ledgerline.letters.render import HTML_BYTES_MAX, Rendered, render
from ledgerline.letters.samples import sample
from ledgerline.letters.saying import HARD, NOW, SOFT
from ledgerline.letters.words import PACKAGE
from ledgerline.mail.model import MailKind
from ledgerline.web.language import NAMES, SOURCE, catalogue

OTHERS: Final = sorted(set(NAMES) - {SOURCE})
SPEAKS: Final = (
    "money_letters.py", "plan_letters.py", "render.py", "saying.py", "words.py",
)  # fmt: skip
SCRIPT: Final = "<script>alert(1)</script>\"'&"
_VALUE: Final = re.compile(r"%\(\w+\)s")
_LOADS: Final = re.compile(r"<(?:img|script|link|form|iframe|object)\b|@import|url\(")
AT: Final = datetime(2026, 7, 1, 12, tzinfo=UTC)


def _said() -> Iterator[str]:
    """Find every sentence that the code says."""
    for name in SPEAKS:
        parsed = ast.parse(files(PACKAGE).joinpath(name).read_text("utf-8"))
        for node in ast.walk(parsed):
            if isinstance(node, ast.Call) and node.args and _is_say(node.func):
                first = node.args[0]
                if isinstance(first, ast.Constant) and isinstance(first.value, str):
                    yield first.value


def _is_say(function: ast.expr) -> bool:
    named = function.attr if isinstance(function, ast.Attribute) else None
    return "say" in {named, function.id if isinstance(function, ast.Name) else None}


SAID: Final = set(_said())


def test_every_kind_says_something() -> None:
    assert set(KINDS) == set(MailKind)
    assert len(SAID) > 80


@pytest.mark.parametrize("code", OTHERS)
def test_a_catalogue_says_all_of_it_with_the_same_values(code: str) -> None:
    kept = {one.id: one for one in catalogue(code, PACKAGE) if one.id}
    assert set(kept) == SAID
    for sentence, one in kept.items():
        assert isinstance(one, Message)
        assert isinstance(one.string, str)
        assert one.string.strip(), (code, sentence)
        assert sorted(_VALUE.findall(one.string)) == sorted(_VALUE.findall(str(sentence)))


@pytest.mark.parametrize("code", sorted(NAMES))
def test_every_kind_renders_in_every_language(code: str) -> None:
    for kind in MailKind:
        letter = render(kind, sample(kind), locale=code)
        assert letter.language == code
        assert len(letter.html.encode()) <= HTML_BYTES_MAX
        direction = "rtl" if code == "ar" else "ltr"
        assert f'dir="{direction}"' in letter.html.partition(">")[2][:200]
        assert "%(" not in letter.html + letter.text + letter.subject
        # nothing is loaded, run or followed but the one button and the seller's own address
        assert _LOADS.findall(letter.html) == []
        assert letter.html.count("<a ") == 1
        assert letter.text.strip()


def test_what_a_seller_is_called_is_not_run() -> None:
    given = sample(MailKind.PLAN_CHANGED)
    evil = replace(
        given, plan=SCRIPT, before=SCRIPT, method=SCRIPT,
        sender=replace(given.sender, name=SCRIPT, lines=(SCRIPT,)),
    )  # fmt: skip
    for kind in MailKind:
        for locale in ("en", "ar"):
            assert "<script" not in render(kind, evil, locale=locale).html


def test_a_percent_sign_in_a_name_is_a_percent_sign() -> None:
    odd = replace(sample(MailKind.KEPT), plan="100% (music)s")
    assert "100% (music)s" in render(MailKind.KEPT, odd, locale="de").subject


def test_a_failed_payment_says_when_it_is_tried_again_or_that_it_is_not() -> None:
    soft = replace(sample(MailKind.PAYMENT_FAILED), variant=SOFT)
    hard = replace(soft, variant=HARD, on=None)
    assert "1 July 2026" in render(MailKind.PAYMENT_FAILED, soft, locale="en-GB").text
    assert "another payment method" in render(MailKind.PAYMENT_FAILED, hard, locale="en").text


def test_an_end_at_once_names_no_day() -> None:
    ended = replace(sample(MailKind.CANCELED), variant=NOW, on=None)
    assert "has ended" in render(MailKind.CANCELED, ended, locale="en").text


def test_facts_are_read_as_they_were_written() -> None:
    for kind in MailKind:
        assert read_facts(write_facts(sample(kind))) == sample(kind)
    assert read_facts(write_facts(Facts(sender=sample(MailKind.KEPT).sender))).plan == ""


def test_without_a_website_there_is_no_button() -> None:
    given = sample(MailKind.KEPT)
    bare = replace(given, sender=replace(given.sender, website=None, email=None, colour=None))
    letter = render(MailKind.KEPT, bare, locale="en")
    assert "<a " not in letter.html
    assert "Questions" not in letter.text


def test_a_button_leads_where_it_is_said_to() -> None:
    given, link = sample(MailKind.PAYMENT_FAILED), "https://pay.example/portal/open/plk_1-a"
    letter = render(MailKind.PAYMENT_FAILED, given, locale="en", link=link)
    assert f'href="{link}"' in letter.html
    assert link in letter.text
    assert str(given.sender.website) not in letter.html


def test_a_withdrawal_is_confirmed_with_day_and_time() -> None:
    letter = render(MailKind.WITHDRAWN, sample(MailKind.WITHDRAWN), locale="en-GB")
    assert "On 1 July 2026 at 14:05 (Europe/Stockholm) we received" in letter.text


def _head(**changes: str) -> Head:
    given = {"sender_name": "Nordic Tunes", "recipient": "ada@mail.example", **changes}
    return Head(
        message_id="<1@tunes.example>", sender="billing@tunes.example", reply_to="help@t.example",
        at=AT, **given,
    )  # fmt: skip


def test_a_message_is_the_same_bytes_each_time_and_can_be_read() -> None:
    letter = render(MailKind.RECEIPT, sample(MailKind.RECEIPT), locale="ar")
    attached = [Attached("R-1.pdf", b"%PDF-1.7 x")]
    raw = compose(_head(), letter, attached)
    assert raw == compose(_head(), letter, attached)
    read = message_from_bytes(raw, policy=default)
    assert read["Subject"] == letter.subject
    assert read["Message-ID"] == "<1@tunes.example>"
    assert read["Auto-Submitted"] == "auto-generated"
    plain = read.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().split() == letter.text.split()
    assert [one.get_filename() for one in read.iter_attachments()] == ["R-1.pdf"]


def test_nothing_gets_into_a_header_by_a_line_break() -> None:
    letter = _subject("Hi\r\nBcc: all@mail.example")
    raw = compose(_head(sender_name="Tunes\r\nBcc: x@y.example"), letter, [])
    read = message_from_bytes(raw, policy=default)
    assert read["Bcc"] is None
    assert read["Subject"] == "Hi Bcc: all@mail.example"


def _subject(subject: str) -> Rendered:
    letter = render(MailKind.KEPT, sample(MailKind.KEPT), locale="en")
    return dataclasses.replace(letter, subject=subject)


@pytest.mark.parametrize(
    ("text", "good"),
    [
        ("ada@mail.example", True),
        ("ada+x@mail.example", True),
        ("ada@mail.example\r\nBcc: b@c", False),
        ("ada", False),
        ("", False),
        ("a da@mail.example", False),
        ("<ada@mail.example>", False),
    ],
)
def test_an_address_is_one(text: str, *, good: bool) -> None:
    assert is_address(text) is good


def test_a_mail_is_named_by_what_it_is_unique_by() -> None:
    def named(kind: str = "receipt", occasion: int = 1, sequence: int = 1) -> str:
        return message_id(
            subject_id=UUID(int=1), kind=kind, occasion=occasion, sequence=sequence,
            sender="a@tunes.example",
        )  # fmt: skip

    assert named() == named()
    assert named().endswith("@tunes.example>")
    assert len({named(), named(sequence=2), named(occasion=2), named("refund")}) == 4
