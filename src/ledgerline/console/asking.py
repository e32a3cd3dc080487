"""One request for a page of the console: who asks, through which route, and how it is answered."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from markupsafe import Markup

from ledgerline.access.model import Act, Role
from ledgerline.access.rows import SessionView
from ledgerline.access.rules.people import actor_of
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, WrongIdKind, bucket_of, decode, encode
from ledgerline.base.run import EnvironmentRow, Run
from ledgerline.console.shown import Writer
from ledgerline.console.speech import (
    OFFERED,
    PACKAGE,
    cookie_in,
    language_asked,
    remember_language,
)
from ledgerline.flows.audit_act import audit_row
from ledgerline.flows.claim_key import Command
from ledgerline.flows.make_sign_in_link import text_of
from ledgerline.payments.model import Psps
from ledgerline.web.forms import FormRefused, PageMissing, asked_of, is_secure, read_form
from ledgerline.web.language import NAMES, SOURCE, Language
from ledgerline.web.links import form_token, is_form_token
from ledgerline.web.pages import fill
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Request, Response

HTML: Final = "text/html; charset=utf-8"
_NONCE_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Link:
    """A place in the side bar, or on the way to a page."""

    label: str
    path: str
    icon: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Who asks for which page.

    ``route`` is its address without ids, ``places`` what stands in the side bar and ``opened`` the
    addresses that the reader's role opens.
    """

    run: Run
    psps: Psps
    request: Request
    environment: EnvironmentRow
    session: SessionView
    route: str
    path: Mapping[str, str]
    places: tuple[Link, ...]
    opened: frozenset[str]

    @property
    def role(self) -> Role:
        """Return as what the reader works."""
        return Role(self.session.role)

    @property
    def actor(self) -> str:
        """Return the name under which the reader acts."""
        return actor_of(self.session.person_id)

    @property
    def sees_people(self) -> bool:
        """Tell whether the reader may see who a customer is; an auditor sees ids alone."""
        return self.role is not Role.AUDITOR

    @property
    def language(self) -> Language:
        """Return the language of the page."""
        return language_asked(self.request)

    @property
    def writer(self) -> Writer:
        """Return what writes amounts and days, and speaks the language of the page."""
        return Writer(self.language)

    def say(self, sentence: str, /, **values: object) -> str:
        """Say a sentence in the language of the page."""
        return self.writer.say(sentence, **values)

    def refusal(self, refused: Rejected) -> str:
        """Say why something is refused, by its name and its sentence.

        The sentences of rules are English, as the API says them, unless the console has its own.
        """
        said = f"{refused.code}: {self.say(refused.detail)}".rstrip(": ")
        return Markup('<span dir="auto">{}</span>').format(said)

    def english(self, text: str) -> str:
        """Mark what is kept in English on a page of another language."""
        if self.language.code == SOURCE:
            return text
        return Markup('<span lang="en" dir="auto">{}</span>').format(text)

    @property
    def asked(self) -> dict[str, str]:
        """Return what stands in the address."""
        return asked_of(self.request)

    def may(self, path: str) -> bool:
        """Tell whether the reader's role opens an address: what is not for them is not shown."""
        return path in self.opened

    def may_see(self, kind: str) -> bool:
        """Tell whether the reader's role opens the page of a kind of object."""
        return kind in _FOLDERS and self.may(f"/console/{_FOLDERS[kind]}/{{id}}")

    def id(self, kind: str) -> UUID:
        """Read the id in the path; raises ``PageMissing`` for what is none."""
        found = id_in(kind, self.path["id"])
        if found is None:
            raise PageMissing
        return found

    def sealed(self, *said: str) -> dict[str, str]:
        """Return what a form carries so that it is taken: once, from this session, as it is."""
        return self.sealed_for(self.request.path, *said)

    def sealed_for(self, path: str, *said: str) -> dict[str, str]:
        """Return the same for a form that is sent to another address."""
        nonce = text_of(self.run.random(_NONCE_BYTES))
        token = form_token(self.run.keyring.kek, *self._said(path, nonce, *said))
        return {"nonce": nonce, "form": token}

    async def form(self) -> dict[str, str]:
        """Read a form that was posted; raises ``FormRefused`` for one from another site."""
        return await read_form(self.request)

    def require_sealed(self, form: Mapping[str, str], *said: str) -> None:
        """Refuse a form that is not as this session was given it; raises ``FormRefused``."""
        given, nonce = form.get("form", ""), form.get("nonce", "")
        key = self.run.keyring.kek
        if not nonce or not is_form_token(key, given, *self._said(self.request.path, nonce, *said)):
            raise FormRefused

    def command(self, form: Mapping[str, str], act: Act) -> Command:
        """Make the command of a form: its nonce is the key, and the act goes with it."""
        key = form["nonce"]
        said = "\0".join(f"{name}\0{form[name]}" for name in sorted(form))
        fingerprint = hashlib.sha256(f"{self.request.path}\0{said}".encode()).digest()
        return Command(self.actor, key, fingerprint, audit_row(self.run, act, key=key))

    def page(
        self,
        template: str,
        said: Mapping[str, object],
        *,
        status: int = 200,
        is_framing: bool = False,
    ) -> Response:
        """Fill a template within the frame of the console; it may show a page of ours in one."""
        nonce = base64.b64encode(self.run.random(_NONCE_BYTES)).decode()
        body = fill(
            PACKAGE, template, self.language.code,
            {
                "language": self.language, "nonce": nonce, "ask": self, "writer": self.writer,
                "now": self.run.now(), "here": self.request.path,
                "languages": languages(self.request),
                "leave": self._leaving(), "done": self.asked.get("done", ""), **said,
            },
        )  # fmt: skip
        frames = ("'self'",) if is_framing else ()
        headers = {**headers_of(nonce, frames=frames), **remember_language(self.request)}
        return Response(status, body, HTML, headers)

    def _leaving(self) -> dict[str, str]:
        """Return what the form to sign out carries: it stands on every page."""
        key = self.run.keyring.kek
        return {"form": form_token(key, "console", str(self.session.id), "sign-out")}

    def _said(self, path: str, nonce: str, *said: str) -> tuple[str, ...]:
        return ("console", str(self.session.id), path, nonce, *said)


def id_in(kind: str, text: str) -> UUID | None:
    """Read an id of a customer's row; None for what is none of its kind."""
    try:
        found = decode(PREFIXES[kind], text)
        bucket_of(found)
    except WrongIdKind:
        return None
    return found


def path_of(kind: str, id: UUID) -> str | None:
    """Return where the page of an object is; None where its kind has none."""
    folder = _FOLDERS.get(kind)
    return None if folder is None else f"/console/{folder}/{encode(PREFIXES[kind], id)}"


_FOLDERS: Final = {
    "customer": "customers",
    "payment": "payments",
    "invoice": "invoices",
    "exception": "exceptions",
    "dispute": "disputes",
    "settlement_file": "reconciliation",
    "evidence_proposal": "proposals",
    "refund_proposal": "refund-proposals",
    "bill_run": "bill-runs",
    "person": "people",
    "bulk_job": "bulk",
    "mail": "mails",
}


def see_other(path: str, **more: str) -> Response:
    """Send the browser to a page, so that a reload posts nothing again."""
    return Response(303, b"", HTML, {**headers_of("none"), "Location": path, **more})


def plain(
    run: Run, request: Request, template: str, said: Mapping[str, object], *, status: int = 200
) -> Response:
    """Fill a template for somebody who is not signed in."""
    nonce = base64.b64encode(run.random(_NONCE_BYTES)).decode()
    language = language_asked(request)
    more = {"language": language, "nonce": nonce, "languages": languages(request)}
    body = fill(PACKAGE, template, language.code, {**more, **said})
    return Response(status, body, HTML, {**headers_of(nonce), **remember_language(request)})


def languages(request: Request) -> list[tuple[str, str, str]]:
    """List the languages: the code of each, its own name, and the address of the page in it."""
    kept = {name: one for name, one in asked_of(request).items() if name not in {"lang", "done"}}
    return [(code, NAMES[code], f"?{urlencode({**kept, 'lang': code})}") for code in OFFERED]


def cookie_name(request: Request) -> str:
    """Return the name of the session's cookie: bound to the host where the browser has TLS."""
    return "__Host-ledgerline" if is_secure(request) else "ledgerline"


def cookie_of(request: Request) -> str | None:
    """Read what a browser shows of its session."""
    return cookie_in(request, cookie_name(request))
