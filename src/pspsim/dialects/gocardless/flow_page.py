"""The page of a flow: a person says which account is debited and gives the mandate, or leaves."""

import re
from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs

from pspsim.challenges import back, page
from pspsim.dialects.gocardless import billing_requests
from pspsim.dialects.gocardless.stages import Object
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.replies import Reply

_TITLE: Final = "Set up a direct debit"
_FORM: Final = """<p>{provider} asks to debit your account by {scheme}. You are told before each
debit, and your bank gives back what you did not agree to.</p>
{problem}<form method="post">
<p><label>Account holder<br><input name="account_holder_name" value="{holder}"></label></p>
<p><label>{label}<br><input name="account" value="{number}"></label></p>
<p><button name="answer" value="pass">Give the mandate</button>
<button name="answer" value="exit">Leave</button></p>
</form>"""
_LABELS: Final = {"sepa_core": "IBAN", "bacs": "Account number", "ach": "Account number"}
_USUAL: Final = {"sepa_core": "DE89370400440532013000", "bacs": "55779911", "ach": "2715500356"}
"""Accounts of the examples of standards and providers: nobody has them."""
_NUMBER: Final = re.compile(r"[0-9]{6,10}", re.ASCII)
_IBAN: Final = re.compile(r"[A-Z]{2}[0-9]{2}[0-9A-Z]{11,30}", re.ASCII)
_THANKS: Final = "<p>The mandate is given. You may close this page.</p>"
_LEFT: Final = "<p>Nothing was set up. You may close this page.</p>"


def serve(provider: Provider, request: Request, *, id_: str) -> Reply | None:
    """Show the page of a flow, or take what its payer says; None for what is no flow."""
    found = billing_requests.behind(provider, id_)
    if found is None:
        return None
    flow, asked = found
    if not billing_requests.waits(provider, flow, asked):
        return page(HTTPStatus.GONE, "Nothing to set up", "<p>This link leads nowhere now.</p>")
    scheme = asked["mandate_request"]["scheme"]
    if request.method == b"GET":
        billing_requests.happened(provider, asked, "flow_visited", billing_request_flow=id_)
        return _form(provider, scheme, holder="", number=_USUAL[scheme])
    said = {name: values[-1] for name, values in parse_qs(request.body.decode("latin-1")).items()}
    match said.get("answer"):
        case "exit":
            billing_requests.happened(provider, asked, "flow_exited", billing_request_flow=id_)
            return _returned(flow["exit_uri"], "Left", _LEFT)
        case "pass":
            return _given(provider, flow, asked, said)
        case _:
            return page(HTTPStatus.BAD_REQUEST, "Not understood", "<p>Answer pass or exit.</p>")


def _given(provider: Provider, flow: Object, asked: Object, said: dict[str, str]) -> Reply:
    scheme = asked["mandate_request"]["scheme"]
    holder = said.get("account_holder_name", "").strip()
    number = said.get("account", "").replace(" ", "").upper()
    if not holder or not _is_account(number, scheme):
        return _form(
            provider, scheme, holder=holder, number=number,
            problem="<p><strong>Name the holder, and an account that can be.</strong></p>",
        )  # fmt: skip
    billing_requests.fulfil(provider, asked, holder=holder, number=number)
    return _returned(flow["redirect_uri"], "Thank you", _THANKS)


def _form(provider: Provider, scheme: str, *, holder: str, number: str, problem: str = "") -> Reply:
    body = _FORM.format(
        provider=escape(provider.name),
        scheme=escape(scheme),
        problem=problem,
        holder=escape(holder),
        label=_LABELS[scheme],
        number=escape(number),
    )
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return page(status, _TITLE, body)


def _returned(uri: str | None, title: str, text: str) -> Reply:
    return page(HTTPStatus.OK, title, text) if uri is None else back(uri, {})


def _is_account(number: str, scheme: str) -> bool:
    """Tell whether an account can be: the check digits of an IBAN, the length of other numbers."""
    if scheme != "sepa_core":
        return _NUMBER.fullmatch(number) is not None
    if _IBAN.fullmatch(number) is None:
        return False
    digits = "".join(str(int(each, 36)) for each in number[4:] + number[:4])
    return int(digits) % 97 == 1
