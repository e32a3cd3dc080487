"""Facts to look at a letter with, where there is no database."""

from typing import Final

from msgspec.structs import replace

from ledgerline.letters.facts import Facts, Sender
from ledgerline.letters.saying import HARD, PLANNED, TRIAL
from ledgerline.mail.model import MailKind

_SENDER: Final = Sender(
    name="Nordic Tunes",
    lines=("Nordic Tunes AB", "Storgatan 1", "111 22 Stockholm"),
    country="SE",
    email="help@nordic-tunes.example",
    website="https://nordic-tunes.example",
    colour="#1f6f5c",
)
_SAMPLE: Final = Facts(
    sender=_SENDER,
    plan="Individual",
    before="Duo",
    amount=1199,
    tax=191,
    currency="EUR",
    method="Visa 4242",
    on="2026-07-01",
    at="14:05 (Europe/Stockholm)",
    number="R-2026-000017",
    mandate="MD-000042",
)
_VARIANTS: Final = {
    MailKind.PAYMENT_REMINDER: HARD,
    MailKind.ORDER_CONFIRMED: TRIAL,
    MailKind.CANCELED: PLANNED,
}


def sample(kind: MailKind) -> Facts:
    """Give facts that a mail of this kind could tell."""
    texts = ("I agree to the terms. (2026-11)",) if kind is MailKind.ORDER_CONFIRMED else ()
    return replace(_SAMPLE, variant=_VARIANTS.get(kind, ""), texts=texts)
