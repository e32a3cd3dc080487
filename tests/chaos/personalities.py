"""The three providers of a run, each with a dialect of its own: accounts, cards, statements."""

import base64
import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from ledgerline.composition import CONNECTORS
from ledgerline.payments.contract import Psp

MERCHANT: Final = "SimulatedECOM"
STORM: Final = "storm"


@dataclass(frozen=True, slots=True)
class Personality:
    """What a provider speaks: ``psp`` names our connector, ``dialect`` that of the simulator."""

    psp: str
    dialect: str
    api_secret: str
    webhook_secret: str
    names: tuple[str, str]
    settings: Mapping[str, str] = field(default_factory=dict)
    rates: Mapping[str, int] = field(default_factory=dict)

    @property
    def secrets(self) -> dict[str, str]:
        """What our connector calls the two secrets."""
        return dict(zip(self.names, (self.api_secret, self.webhook_secret), strict=True))


PERSONALITIES: Final[Mapping[str, Personality]] = {
    "aster": Personality(
        psp="sandbox",
        dialect="native",
        api_secret="sandbox_aster_secret",
        webhook_secret="whsec_c2FuZGJveC13ZWJob29rLWtleS1vZi1hc3Rlci0wMDA=",
        names=("api_secret", "webhook_secret"),
    ),
    "boreal": Personality(
        psp="stripe",
        dialect="stripe",
        api_secret="sk_test_simulated_boreal",
        webhook_secret="whsec_simulated_boreal",
        names=("api_secret", "webhook_secret"),
    ),
    "cobalt": Personality(
        psp="adyen",
        dialect="adyen",
        api_secret="AQE_simulated_cobalt",
        webhook_secret="44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056",
        names=("api_key", "hmac_key"),
        settings={"merchant_account": MERCHANT},
        # Nothing can be asked there. Adyen keeps events until they are taken in, so none is lost
        # but by a kill of the simulator.
        rates={"webhook_lost": 0},
    ),
}

UNASKABLE: Final = ("cobalt",)
"""Who can only tell: an end whose event is gone is known once it is told again."""


def connector(psp: str) -> Psp:
    """Return the connector of an account."""
    return CONNECTORS[psp]()


def write_world(folder: Path) -> Path:
    """Write the storm with a dialect for each provider."""
    world = json.loads(files("pspsim").joinpath(f"worlds/{STORM}.json").read_text("utf-8"))
    for name, one in PERSONALITIES.items():
        provider: dict[str, Any] = world["providers"][name]
        provider |= {
            "dialect": one.dialect, "api_secret": one.api_secret,
            "webhook_secret": one.webhook_secret, "rates": {**provider["rates"], **one.rates},
        }  # fmt: skip
    path = folder / "world.json"
    path.write_text(json.dumps(world))
    return path


def asked(url: str, account: str, path: str, *, form: Mapping[str, str] | None = None) -> bytes:
    """Ask a provider for something that moves no money, as its own page or a person would."""
    one = PERSONALITIES[account]
    headers = {"X-API-Key": one.api_secret}
    if one.dialect == "stripe":
        basic = base64.b64encode(f"{one.api_secret}:".encode()).decode()
        headers = {"Authorization": f"Basic {basic}"}
    data = None if form is None else urlencode(form).encode()
    request = urllib.request.Request(  # noqa: S310 - http, ours
        f"{url}/{account}/{path}", data=data, headers=headers
    )
    # a balance of ten thousand lines takes its time while workers ask too
    with urllib.request.urlopen(request, timeout=120) as reply:  # noqa: S310 - http, ours
        answer: bytes = reply.read()
        return answer


def stored(url: str, account: str, token: str, number: int) -> str:
    """Store a card at a provider as its page does; return what our connector charges."""
    match PERSONALITIES[account].dialect:
        case "stripe":
            customer = json.loads(asked(url, account, "v1/customers", form={}))["id"]
            setup = {
                "customer": customer, "payment_method": f"pm_{token}", "confirm": "true",
                "allowed_payment_method_types[0]": "card", "usage": "off_session",
            }  # fmt: skip
            made = json.loads(asked(url, account, "v1/setup_intents", form=setup))
            return f"{customer}/{made['payment_method']}"
        case "adyen":
            return f"shopper-{number}/{token}"
        case _:
            return token
