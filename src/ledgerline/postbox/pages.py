"""The ASGI application of the postbox."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl
from uuid import UUID

from ledgerline.base.ids import (
    PREFIXES,
    CustomerId,
    MailId,
    WrongIdKind,
    bucket_of,
    decode,
    encode,
)
from ledgerline.base.run import Run
from ledgerline.flows.add_mail_links import mail_link
from ledgerline.flows.draw_attachments import draw_attachments
from ledgerline.flows.show_mail import Shown, show_mail
from ledgerline.flows.write_mail_file import write_mail_file
from ledgerline.mail import views
from ledgerline.mail.model import MailKind, MailState
from ledgerline.mail.rows import MailView
from ledgerline.mail.rules.sending import recent
from ledgerline.web.boundary import USUAL_FAULTS, Pages, serving
from ledgerline.web.forms import PageMissing, origin_of
from ledgerline.web.language import Language, language_of
from ledgerline.web.pages import fill
from ledgerline.web.policy import headers_of, letter_headers
from ledgerline.web.wire import Asgi, Request, Response

PREFIX: Final = "/mail"
PACKAGE: Final = "ledgerline.postbox"
PAGE: Final = 50
_HTML: Final = "text/html; charset=utf-8"
_NONCE_BYTES: Final = 16
_TOP: Final = UUID(int=(1 << 128) - 1)
_PATH: Final = re.compile(
    r"/mail(?:/(?P<id>mail_[0-9a-z]{26})(?:/(?P<part>html|eml|files/(?P<no>\d{1,2})))?)?/?"
)
_TONES: Final[Mapping[str, str]] = {
    MailState.SENT: "good", MailState.SHOWN: "good", MailState.WAITING: "accent",
    MailState.SENDING: "accent", MailState.SKIPPED: "",
}  # fmt: skip
_FAULTS: Final[Mapping[type[Exception], HTTPStatus]] = {
    WrongIdKind: HTTPStatus.NOT_FOUND,  # before what it is a kind of
    **USUAL_FAULTS,
}
LANGUAGE: Final = language_of("en", "", None)


@dataclass(frozen=True, slots=True)
class _Ask:
    """A request, and the run that answers it."""

    run: Run
    request: Request
    language: Language

    def asked(self) -> dict[str, str]:
        """Read what stands in the address."""
        return dict(parse_qsl(self.request.query.decode("latin-1")))

    def page(self, template: str, said: dict[str, object], *, framing: bool = False) -> Response:
        """Fill a template."""
        nonce = base64.b64encode(self.run.random(_NONCE_BYTES)).decode()
        body = fill(PACKAGE, template, self.language.code, {"language": self.language, **said})
        frames = ("'self'",) if framing else ()
        return Response(200, body, _HTML, headers_of(nonce, frames=frames))


def make_postbox(run: Run) -> Asgi:
    """Build the pages of one process; ``run`` must not have a fixed clock."""

    async def find(request: Request) -> Response:
        return await _found(_Ask(run, request, LANGUAGE))

    return serving(Pages(name="postbox", run=run, find=find, fault=_fault, faults=_FAULTS))


def _fault(request: Request, status: int) -> Response:
    said: dict[str, object] = {"language": LANGUAGE, "status": status, "reference": request.id}
    body = fill("ledgerline.web", "fault.html", LANGUAGE.code, said)
    return Response(status, body, _HTML, headers_of("none"))


async def _found(ask: _Ask) -> Response:
    path = _PATH.fullmatch(ask.request.path)
    if path is None or ask.request.method not in {"GET", "HEAD"}:
        raise PageMissing
    if (await ask.run.environment()).kind != "sandbox":
        raise PageMissing
    if path["id"] is None:
        return await _list(ask)
    mail_id = MailId(decode(PREFIXES["mail"], path["id"]))
    async with ask.run.reading() as read:
        row = await views.mail(read, bucket=bucket_of(mail_id), id=mail_id)
    if row is None:
        raise PageMissing
    shown = await show_mail(ask.run, row, site=origin_of(ask.request))
    if path["part"] is None:
        return await _mail(ask, row, shown)
    if shown is None:
        raise PageMissing
    return await _part(ask, row, shown, path)


async def _part(ask: _Ask, row: MailView, shown: Shown, path: re.Match[str]) -> Response:
    """Give a mail as a file, one of its files, or the page inside of the frame."""
    if path["no"] is not None:
        return await _file(ask, shown, int(path["no"]))
    if path["part"] == "eml":
        body = await write_mail_file(ask.run, row, shown)
        return _download(body, "message/rfc822", f"{path['id']}.eml")
    return Response(200, shown.letter.html.encode(), _HTML, letter_headers())


async def _list(ask: _Ask) -> Response:
    """Show the newest mails, or those of a state or a customer."""
    asked = ask.asked()
    state = asked.get("state") if asked.get("state") in list(MailState) else None
    before = decode(PREFIXES["mail"], asked["before"]) if asked.get("before") else _TOP
    customer = asked.get("customer")
    now = (await ask.run.at_clock()).now()
    async with ask.run.reading() as read:
        if customer:
            id = CustomerId(decode(PREFIXES["customer"], customer))
            rows = await views.mails_of_customer(
                read,
                bucket=bucket_of(id),
                customer_id=id,
                months=recent(now),
                before=before,
                limit=PAGE + 1,
            )
        else:
            rows = await views.mails(read, before=before, state=state, limit=PAGE + 1)
    more = encode(PREFIXES["mail"], rows[PAGE - 1].id) if len(rows) > PAGE else None
    said: dict[str, object] = {
        "mails": [await _entry(ask.run, row) for row in rows[:PAGE]], "more": more, "state": state,
        "states": [str(one) for one in MailState], "customer": customer,
    }  # fmt: skip
    return ask.page("list.html", said)


async def _mail(ask: _Ask, row: MailView, shown: Shown | None) -> Response:
    files = [] if shown is None else await draw_attachments(ask.run, shown.facts)
    said: dict[str, object] = {
        "mail": await _entry(ask.run, row), "row": row,
        "customer": encode(PREFIXES["customer"], row.customer_id),
        "text": None if shown is None else shown.letter.text,
        "leads": mail_link(
            ask.run, MailKind(row.kind), row.id, site=origin_of(ask.request)
        ),
        "files": [{"name": one.name, "kilobytes": -(-len(one.body) // 1024)} for one in files],
    }  # fmt: skip
    return ask.page("mail.html", said, framing=True)


async def _file(ask: _Ask, shown: Shown, number: int) -> Response:
    files = await draw_attachments(ask.run, shown.facts)
    if number >= len(files):
        raise PageMissing
    return _download(files[number].body, "application/pdf", files[number].name)


def _download(body: bytes, media_type: str, name: str) -> Response:
    safe = re.sub(r"[^A-Za-z0-9._-]", "-", name)
    headers = {
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'attachment; filename="{safe}"',
    }  # fmt: skip
    return Response(200, body, media_type, headers)


async def _entry(run: Run, row: MailView) -> dict[str, Any]:
    """Write one line of the list."""
    shown = await show_mail(run, row)
    return {
        "id": encode(PREFIXES["mail"], row.id),
        "kind": row.kind.replace("_", " "),
        "state": row.state,
        "tone": _TONES.get(row.state, "warn"),
        "reason": (row.reason or "").replace("_", " "),
        "subject": None if shown is None else shown.letter.subject,
        "to": None if shown is None else shown.address,
        "language": None if shown is None else shown.letter.language,
        "at": f"{row.occurred_at:%Y-%m-%d %H:%M}",
    }
