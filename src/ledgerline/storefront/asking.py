"""One request for a checkout page: whose it is, in which language, and how it is answered."""

import base64
from dataclasses import dataclass
from typing import Final

from ledgerline.base.ids import CheckoutId, bucket_of
from ledgerline.base.run import Run
from ledgerline.customers import views as customers
from ledgerline.flows.read_buyer import Sealing
from ledgerline.flows.read_counter import Counter, read_counter
from ledgerline.payments.model import Psps
from ledgerline.purchases import views
from ledgerline.purchases.rows import CheckoutView
from ledgerline.rules.checkout import CheckoutState, checkout_state
from ledgerline.storefront.shown import Writer, logo_of
from ledgerline.web.forms import (
    FormRefused,
    PageMissing,
    asked_of,
    beside_language,
    origin_of,
    read_form,
)
from ledgerline.web.language import NAMES, Language, language_of
from ledgerline.web.links import form_token, is_form_token, read_checkout_reference
from ledgerline.web.pages import fill
from ledgerline.web.policy import headers_of
from ledgerline.web.wire import Request, Response

HTML: Final = "text/html; charset=utf-8"
PACKAGE: Final = "ledgerline.storefront"
_NONCE_BYTES: Final = 16
_SEAL: Final = "form"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What a request is about, once its reference was read."""

    run: Run
    psps: Psps
    request: Request
    reference: str
    row: CheckoutView
    counter: Counter
    language: Language
    chosen: str | None

    @classmethod
    async def of(cls, run: Run, psps: Psps, request: Request, reference: str) -> "Ask":
        """Read the session behind a reference; raises ``PageMissing``."""
        session_id = read_checkout_reference(run.keyring.kek, reference)
        row = None if session_id is None else await _read(run, CheckoutId(session_id))
        if row is None:
            raise PageMissing
        counter = await read_counter(run, row.customer_id, row.plan_code)
        lang = asked_of(request).get("lang")
        chosen = lang if lang in NAMES else None
        return cls(
            run=run, psps=psps, request=request, reference=reference, row=row, counter=counter,
            language=language_of(
                chosen, counter.customer.locale, request.listed("accept-language")
            ),
            chosen=chosen,
        )  # fmt: skip

    @property
    def state(self) -> CheckoutState:
        """Say where the checkout stands."""
        return checkout_state(self.row, now=self.run.now())

    @property
    def here(self) -> str:
        """Return the address of the page."""
        return f"/checkout/{self.reference}"

    @property
    def query(self) -> str:
        """Return what has to stand behind the address to keep the language."""
        return "" if self.chosen is None else f"?lang={self.chosen}"

    @property
    def origin(self) -> str:
        """Return where the buyer's browser reaches us: what they come back to begins with it."""
        return origin_of(self.request)

    @property
    def writer(self) -> Writer:
        """Return what writes amounts and days in the page's language."""
        return Writer(self.language)

    def asked(self) -> dict[str, str]:
        """Read what stands in the address."""
        return asked_of(self.request)

    async def again(self) -> "Ask":
        """Return the same with the session as it stands now."""
        row = await _read(self.run, self.row.id)
        assert row is not None, self.row.id
        return Ask(
            run=self.run, psps=self.psps, request=self.request, reference=self.reference, row=row,
            counter=self.counter, language=self.language, chosen=self.chosen,
        )  # fmt: skip

    async def email(self) -> str | None:
        """Open where the buyer is written to; None where nothing is kept or it cannot be opened."""
        row, id = self.counter.customer, self.row.customer_id
        async with self.run.reading() as read:
            found = await customers.customer(read, bucket=row.bucket, id=id)
        if found is None or found.wrapped is None:
            return None
        key = self.run.keyring.unwrap(found.wrapped)
        return Sealing(self.run, key, id).open_email(found.email_sealed)

    def sealed(self, *said: str) -> dict[str, str]:
        """Return the token of a form that says this."""
        return {_SEAL: form_token(self.run.keyring.kek, self.reference, *said)}

    async def form(self) -> dict[str, str]:
        """Read a form that was posted; raises ``FormRefused`` for one from another site."""
        return await read_form(self.request)

    def require_sealed(self, form: dict[str, str], *said: str) -> None:
        """Refuse a form that is not as it was rendered; raises ``FormRefused``."""
        given = form.get(_SEAL, "")
        if not is_form_token(self.run.keyring.kek, given, self.reference, *said):
            raise FormRefused

    def page(
        self,
        template: str,
        said: dict[str, object],
        *,
        status: int = 200,
        frames: tuple[str, ...] = (),
        framed: bool = False,
    ) -> Response:
        """Fill a template of the storefront."""
        nonce = base64.b64encode(self.run.random(_NONCE_BYTES)).decode()
        seller = self.counter.seller
        body = fill(
            PACKAGE, template, self.language.code,
            {
                "language": self.language, "nonce": nonce, "seller": seller,
                "logo": logo_of(seller), "here": self.here, "query": self.query,
                "kept": beside_language(self.asked()),
                "state": self.state.value, "watch": "", "on": self.row.return_url, **said,
            },
        )  # fmt: skip
        return Response(status, body, HTML, headers_of(nonce, frames=frames, framed=framed))

    def see_other(self) -> Response:
        """Send the browser to the page, so that a reload posts nothing again."""
        headers = {**headers_of("none"), "Location": self.here + self.query}
        return Response(303, b"", HTML, headers)


def fault(request: Request, status: int) -> Response:
    """Render a page for what went wrong; in the browser's language, for nobody is known."""
    language = language_of(None, "", request.listed("accept-language"))
    said: dict[str, object] = {"language": language, "status": status, "reference": request.id}
    body = fill(PACKAGE, "fault.html", language.code, said)
    return Response(status, body, HTML, headers_of("none"))


async def _read(run: Run, session_id: CheckoutId) -> CheckoutView | None:
    async with run.reading() as read:
        return await views.checkout(read, bucket=bucket_of(session_id), id=session_id)
