"""Challenges: the page on which a payer proves to be who they are, and what comes of it.

A charge that asks for its payer is executed once they passed, refused once they failed, and
canceled once its time is over or its merchant ends it. The page is the same for every dialect; what
the payer brings back to the merchant is the dialect's business.
"""

from html import escape
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from msgspec import UNSET

from pspsim.charges import RETURN_URL
from pspsim.codes import DeclineCode
from pspsim.http_wire import Request
from pspsim.provider import Provider
from pspsim.records import Canceled, Charge, Kind, Settled, Status, ThreeDs
from pspsim.replies import Reply

_HTML: Final = b"text/html; charset=utf-8"
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,">
<link rel="stylesheet" href="../fields/fields.css"></head>
<body class="bank"><main>
<h1>{title}</h1>
{body}
</main></body></html>
"""
_DECIMALS: Final = {"JPY": 0, "KRW": 0, "CLP": 0, "ISK": 0, "VND": 0, "KWD": 3, "BHD": 3, "JOD": 3}
_CARD: Final = "that this card is yours and may be kept"
_FORM: Final = """<p>The simulated bank of this card asks you to confirm {what} at {provider}.</p>
<form method="post">
<p><button class="first" name="answer" value="pass">Confirm the payment</button></p>
<p><button name="answer" value="fail">Refuse it</button></p>
</form>"""


def serve(provider: Provider, request: Request, *, id_: str) -> Reply:
    """Show the page of a charge, or take the payer's answer and send them back."""
    charge = provider.own.charges.get(id_)
    waits = provider.dialect.page_of(provider, id_) if charge is None else None
    if waits is not None:
        return _verify(provider, request, id_, is_open=waits[0], return_url=waits[1])
    if charge is None or not provider.own.notes.get(id_, {}).get(RETURN_URL):
        return page(HTTPStatus.NOT_FOUND, "No such challenge", "<p>There is nothing here.</p>")
    if request.method == b"GET":
        if charge.status is not Status.REQUIRES_ACTION:
            return page(HTTPStatus.GONE, "Nothing to confirm", "<p>This was answered.</p>")
        what = f"a payment of <strong>{_amount(charge)}</strong>"
        form = _FORM.format(
            what=what if charge.amount else _CARD, provider=escape(provider.name.title())
        )
        return page(HTTPStatus.OK, "Confirm your payment", form)
    passed = _passed(request)
    if passed is None:
        return page(HTTPStatus.BAD_REQUEST, "Not understood", "<p>Answer pass or fail.</p>")
    brought = provider.dialect.challenged(provider, charge, passed=passed)
    return back(provider.own.notes[id_][RETURN_URL], brought)


def _verify(
    provider: Provider, request: Request, id_: str, *, is_open: bool, return_url: str
) -> Reply:
    """Do the same for a card that is only verified."""
    if request.method == b"GET":
        if not is_open:
            return page(HTTPStatus.GONE, "Nothing to confirm", "<p>This was answered.</p>")
        form = _FORM.format(what=_CARD, provider=escape(provider.name))
        return page(HTTPStatus.OK, "Confirm your card", form)
    passed = _passed(request)
    if passed is None:
        return page(HTTPStatus.BAD_REQUEST, "Not understood", "<p>Answer pass or fail.</p>")
    return back(return_url, provider.dialect.answered(provider, id_, passed=passed))


def _amount(charge: Charge) -> str:
    """Write an amount as its payer knows it; the decimals are those of ISO 4217."""
    decimals = _DECIMALS.get(charge.currency, 2)
    return f"{charge.amount / 10**decimals:.{decimals}f} {escape(charge.currency)}"


def _passed(request: Request) -> bool | None:
    answers = parse_qs(request.body.decode("latin-1")).get("answer", [])
    if request.method != b"POST" or answers not in (["pass"], ["fail"]):
        return None
    return answers == ["pass"]


def end(provider: Provider, charge: Charge, *, passed: bool) -> None:
    """Execute a charge whose payer passed, or refuse it; one that has ended stays as it is."""
    if provider.own.charges[charge.id].status is not Status.REQUIRES_ACTION:
        return
    decline = provider.own.ends.get(charge.id, UNSET)
    three_ds = ThreeDs(
        version="2.2.0",
        flow="challenge",
        status="Y" if passed else "N",
        eci="05" if passed else "07",
        transaction_id=provider.draws.name("ds", "three-ds", provider.name, charge.id),
        liability_shift=passed,
    )
    provider.books.record(
        Settled(
            provider.name,
            Kind.CHARGE,
            charge.id,
            provider.books.now,
            decline if passed else DeclineCode.AUTHENTICATION_FAILED.value,
            three_ds,
        )
    )
    ended = provider.own.charges[charge.id]
    provider.counts["approved" if ended.status is Status.SUCCEEDED else ended.status.value] += 1
    provider.announce(provider.name, ended)


def cancel(provider: Provider, charge: Charge) -> Charge:
    """End a charge that asks for its payer; one that has ended stays as it is."""
    if provider.own.charges[charge.id].status is Status.REQUIRES_ACTION:
        provider.books.record(
            Canceled(provider.name, charge.reference, charge.id, provider.books.now)
        )
        provider.announce(provider.name, provider.own.charges[charge.id])
    return provider.own.charges[charge.id]


def cancel_reference(provider: Provider, reference: str) -> bool:
    """End all under a reference and let none begin any more; False if one has moved money or may.

    Where nothing has arrived yet, whatever does later is refused.
    """
    held = [cancel(provider, each) for each in provider.own.charges_under(reference)]
    if not held and reference not in provider.own.challenges.canceled:
        provider.books.record(Canceled(provider.name, reference, None, provider.books.now))
    return all(each.status is Status.CANCELED for each in held)


def back(return_url: str, brought: dict[str, str]) -> Reply:
    """Send the payer back to the merchant, with what they bring along."""
    joint = "&" if urlsplit(return_url).query else "?"
    where = f"{return_url}{joint}{urlencode(brought)}" if brought else return_url
    headers = b"location: " + where.encode("latin-1", "replace") + b"\r\n"
    return Reply(303, b"", headers, content_type=_HTML)


def page(status: HTTPStatus, title: str, body: str) -> Reply:
    """Build a page for a person."""
    html = _PAGE.format(title=escape(title), body=body)
    return Reply(int(status), html.encode(), content_type=_HTML)
