"""One request for a page of the portal: whose it is, in which language, and how it is answered."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeVar
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from ledgerline.access.rows import PortalRow
from ledgerline.base.errors import Rejected
from ledgerline.base.ids import PREFIXES, Bucket, CustomerId, WrongIdKind, bucket_of, decode
from ledgerline.base.run import Run
from ledgerline.catalog.rows import SellerRow
from ledgerline.customers.rows import CustomerRow
from ledgerline.flows.claim_key import Command
from ledgerline.flows.read_shop import read_shop
from ledgerline.flows.visit_portal import visit_portal
from ledgerline.payments.model import Psps
from ledgerline.storefront.asking import HTML, PACKAGE
from ledgerline.storefront.shown import Writer, logo_of
from ledgerline.web.forms import FormRefused, PageMissing, beside_language, origin_of, read_form
from ledgerline.web.language import NAMES, Language, language_of
from ledgerline.web.links import form_token, is_form_token
from ledgerline.web.pages import fill
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Request, Response

PRINCIPAL: Final = "customer portal"
HOME: Final = "/portal"
DONE: Final = frozenset(
    {
        "addressed", "canceled", "changed", "default", "kept", "paid_out", "paused", "planned",
        "removed", "resumed", "saved", "withdrawn",
    }
)  # fmt: skip
"""What a page may be told to say was done."""
_NONCE_BYTES: Final = 16
_DRAWN_BYTES: Final = 10
_SEAL: Final = "form"
DRAWN: Final = "drawn"
_COOKIE, _SAFE_COOKIE = "portal", "__Host-portal"
_LANGUAGE: Final = "portal-language"
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})


class SignedOut(Exception):
    """There is no session: a link is needed."""


class Owned(Protocol):
    """A row of a customer."""

    @property
    def customer_id(self) -> CustomerId:
        """Whose it is."""
        ...


R = TypeVar("R", bound=Owned)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What a request is about, once its session was found; ``part`` is what its address names."""

    run: Run
    psps: Psps
    request: Request
    session: PortalRow
    customer: CustomerRow
    seller: SellerRow
    currency: str
    language: Language
    part: Mapping[str, str]

    @classmethod
    async def of(cls, run: Run, psps: Psps, request: Request, part: Mapping[str, str]) -> "Visit":
        """Find the session of a browser; raises ``SignedOut``."""
        session = await visit_portal(run, session_token(request))
        if session is None:
            raise SignedOut
        customer, seller, currency = await read_shop(run, session.customer_id)
        return cls(
            run=run, psps=psps, request=request, session=session, customer=customer, seller=seller,
            currency=currency,
            language=language_asked(request, customer.locale), part=part,
        )  # fmt: skip

    @property
    def bucket(self) -> Bucket:
        """Return where everything of the customer lies."""
        return self.customer.bucket

    @property
    def here(self) -> str:
        """Return the address of the request, below the origin."""
        return self.request.path

    @property
    def origin(self) -> str:
        """Return where the customer's browser reaches us."""
        return origin_of(self.request)

    @property
    def writer(self) -> Writer:
        """Return what writes amounts and days in the page's language."""
        return Writer(self.language)

    def asked(self) -> dict[str, str]:
        """Read what stands in the address behind the path."""
        return dict(parse_qsl(self.request.query.decode("latin-1")))

    def id(self, kind: str) -> UUID:
        """Read the id of a kind that the address names; raises ``PageMissing``."""
        return self.own_id(kind, self.part[kind])

    def own_id(self, kind: str, text: str) -> UUID:
        """Read an id that a form or address names; raises ``PageMissing``."""
        try:
            found = decode(PREFIXES[kind], text)
            bucket = bucket_of(found)
        except WrongIdKind as error:
            raise PageMissing from error
        if bucket != self.bucket:
            raise PageMissing
        return found

    def own(self, row: R | None) -> R:
        """Hand a row out if it is this customer's; raises ``PageMissing``."""
        if row is None or row.customer_id != self.customer.id:
            raise PageMissing
        return row

    def sealed(self, to: str, **said: str) -> dict[str, str]:
        """Return what the form that is posted ``to`` an address says, with its token."""
        drawn = base64.b32encode(self.run.random(_DRAWN_BYTES)).decode().lower()
        told = {**said, DRAWN: drawn}
        return {**told, _SEAL: form_token(self.run.keyring.kek, *self._about(to, told))}

    async def form(self, *names: str) -> dict[str, str]:
        """Read the form that was posted here with ``names`` as they were rendered.

        Raises ``FormRefused`` for any that is not ours, from this session and to this address.
        """
        form = await read_form(self.request)
        told = {name: form.get(name, "") for name in (*names, DRAWN)}
        given = form.get(_SEAL, "")
        if not is_form_token(self.run.keyring.kek, given, *self._about(self.here, told)):
            raise FormRefused
        return form

    def key(self, drawn: str) -> str:
        """Return the idempotency key of a form by the word that was drawn for it."""
        return f"{self.session.id}:{drawn}"

    def command(self, form: Mapping[str, str]) -> Command:
        """Make the idempotency key of a form: whatever a browser repeats is one wish."""
        key = self.key(form[DRAWN])
        return Command(PRINCIPAL, key, hashlib.sha256(f"{key}{self.here}".encode()).digest())

    def page(
        self,
        template: str,
        said: dict[str, object],
        *,
        status: int = 200,
        frames: tuple[str, ...] = (),
    ) -> Response:
        """Fill a template of the portal."""
        asked, nonce = self.asked(), new_nonce(self.run)
        done = asked.get("done", "")
        body = fill(
            PACKAGE, template, self.language.code,
            {
                "language": self.language, "nonce": nonce, "seller": self.seller,
                "logo": logo_of(self.seller), "here": self.here, "state": "portal", "watch": "",
                "tab": "", "kept": beside_language(asked),
                "done": done if done in DONE else "", "leaving": self.sealed(f"{HOME}/leave"),
                **said,
            },
        )  # fmt: skip
        headers = {**headers_of(nonce, frames=frames), **remember_language(asked)}
        return Response(status, body, HTML, headers)

    def problem(self, refused: Rejected, *, back: str = HOME) -> Response:
        """Say that what was asked for is not possible, and where to go on."""
        said: dict[str, object] = {"code": refused.code, "back": back}
        return self.page("portal_problem.html", said, status=409)

    def _about(self, to: str, told: Mapping[str, str]) -> list[str]:
        pairs = [f"{name}={value}" for name, value in sorted(told.items())]
        return ["portal", str(self.session.id), to, *pairs]


Handle = Callable[[Visit], Awaitable[Response]]


def go_to(path: str) -> Response:
    """Send the browser on, so that a reload posts nothing again."""
    return Response(303, b"", HTML, {**headers_of("none"), "Location": path})


def new_nonce(run: Run) -> str:
    """Draw what scripts of one page are allowed by."""
    return base64.b64encode(run.random(_NONCE_BYTES)).decode()


def cookies(request: Request) -> dict[str, str]:
    """Read the cookies of a browser; of two of one name the first, which has the longer path."""
    found: dict[str, str] = {}
    for pair in (request.header("cookie") or "").split(";"):
        name, _, value = pair.strip().partition("=")
        found.setdefault(name, value)
    return found


def session_token(request: Request) -> str:
    """Read the cookie of a session; one that any neighbour could set counts nothing over TLS."""
    said = cookies(request)
    plain = said.get(_COOKIE, "") if origin_of(request).startswith("http:") else ""
    return said.get(_SAFE_COOKIE, plain)


def session_cookie(request: Request, token: str, *, sandbox: bool) -> dict[str, str]:
    """Write the cookie of a session, which scripts do not read and other sites do not send.

    It only travels encrypted, but to a sandbox on this very machine: browsers refuse it else.
    """
    host = urlsplit(origin_of(request)).hostname
    is_plain = sandbox and host in _LOOPBACK and origin_of(request).startswith("http:")
    name = _COOKIE if is_plain else _SAFE_COOKIE
    said = f"{name}={token}; Path=/; HttpOnly; SameSite=Lax" + ("" if is_plain else "; Secure")
    return {"Set-Cookie": said if token else f"{said}; Max-Age=0"}


def language_asked(request: Request, locale: str) -> Language:
    """Find the language of a page: the address's, else the one that was chosen before."""
    asked = dict(parse_qsl(request.query.decode("latin-1"))).get("lang")
    chosen = next((one for one in (asked, cookies(request).get(_LANGUAGE)) if one in NAMES), None)
    return language_of(chosen, locale, request.listed("accept-language"))


def remember_language(asked: Mapping[str, str]) -> dict[str, str]:
    """Keep the language that an address chose."""
    chosen = asked.get("lang")
    if chosen not in NAMES:
        return {}
    return {"Set-Cookie": f"{_LANGUAGE}={chosen}; Path=/portal; HttpOnly; SameSite=Lax"}
