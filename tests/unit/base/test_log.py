"""Log lines and what is taken out of them."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import structlog

from ledgerline.base.log import DEPTH_MAX, REDACTED, configure, logger, redact

CARD = "4242424242424242"
ADDRESS = "anna@example.org"
KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc"
TOKEN = "Bearer eyJhbGciOiJIUzI1NiJ9.e30.abc"
CANARIES = (CARD, ADDRESS, KEY, TOKEN)


@pytest.fixture(autouse=True)
def _restored_logging() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class Wallet:
    """A thing whose text shows too much."""

    def __repr__(self) -> str:  # type: ignore[explicit-override] # object has one
        return ADDRESS


def shown(**event: object) -> dict[str, object]:
    return dict(redact(None, "info", dict(event)))


@pytest.mark.parametrize(
    "key",
    [
        *("secret", "client_secret", "clientSecret", "SECRETS", "access_token", "accessToken"),
        *("Authorization", "email", "emails", "e_mail", "customer_name", "name", "card", "PAN"),
        *("cvc", "password", "set-cookie", "api_key", "apiKey", "Data-Key", "ip", "iban", "tax_id"),
        *("address", "street", "phone", "kek"),
    ],
)
def test_value_of_a_denied_key_is_taken_out(key: str) -> None:
    assert shown(**{key: "harmless"}) == {key: REDACTED}


@pytest.mark.parametrize(
    "key",
    ["event", "level", "flow", "job", "psp", "tax_minor", "shipping", "renamed", "key", "company"],
)
def test_value_of_another_key_stays(key: str) -> None:
    assert shown(**{key: "harmless"}) == {key: "harmless"}


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (f"card {CARD} declined", "card 424242******4242 declined"),
        (f"mail to {ADDRESS} bounced", f"mail to {REDACTED} bounced"),
        (f"key {KEY}", f"key {REDACTED}"),
        ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", REDACTED),
        (f"sent {TOKEN}", f"sent {REDACTED}"),
        ("postgresql://user:pass@db/x", f"postgresql://{REDACTED}@db/x"),
        ("host=db password=pass user=u", f"host=db password={REDACTED} user=u"),
        ("invoice inv_01h455vb4pex5vsknk084sn02q", "invoice inv_01h455vb4pex5vsknk084sn02q"),
    ],
)
def test_text_of_a_canary_is_taken_out_of_any_value(text: str, left: str) -> None:
    assert shown(note=text) == {"note": left}


@pytest.mark.parametrize(
    ("value", "left"),
    [
        (None, None),
        (True, True),
        (1799, 1799),
        (0.25, 0.25),
        (int(CARD), "424242******4242"),
        (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
        (date(2026, 11, 23), "2026-11-23"),
        (datetime(2026, 11, 23, tzinfo=UTC), "2026-11-23 00:00:00+00:00"),
        (timedelta(hours=1), "1:00:00"),
        (ValueError(ADDRESS), f"ValueError('{REDACTED}')"),
        (Wallet(), "<Wallet>"),
        (b"bytes", "<bytes>"),
        ([CARD, 1], ["424242******4242", 1]),
        (("a", ADDRESS), ["a", REDACTED]),
        ({"a"}, ["a"]),
        (frozenset({"a"}), ["a"]),
        (
            {"email": "x", "n": {"token": "y", "m": 1}},
            {"email": REDACTED, "n": {"token": REDACTED, "m": 1}},
        ),
        ({ADDRESS: 1}, {REDACTED: 1}),
    ],
)
def test_value_is_shown_as_far_as_it_is_harmless(value: object, left: object) -> None:
    assert shown(value=value) == {"value": left}


def test_containers_are_cut_where_they_are_too_deep() -> None:
    # given lists in lists, two more than are shown
    deep: object = "bottom"
    for _ in range(DEPTH_MAX + 2):
        deep = [deep]
    # when they are shown
    left = shown(value=deep)["value"]
    # then the rest is cut and no error is raised
    for _ in range(DEPTH_MAX):
        assert isinstance(left, list)
        (left,) = left
    assert left == REDACTED


def test_line_is_json_with_instant_level_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    configure(json=True, level="info")
    logger("billing").info("run finished", renewals=10_000)
    line = json.loads(capsys.readouterr().err)
    assert datetime.fromisoformat(line.pop("at")).tzinfo is not None
    assert line == {
        "event": "run finished",
        "level": "info",
        "renewals": 10_000,
        "source": "billing",
    }


def test_line_carries_what_the_context_binds(capsys: pytest.CaptureFixture[str]) -> None:
    configure(json=True, level="info")
    with structlog.contextvars.bound_contextvars(request_id="req_1", email=ADDRESS):
        logger("api").info("answered")
    line = json.loads(capsys.readouterr().err)
    assert (line["request_id"], line["email"]) == ("req_1", REDACTED)


def test_line_below_the_level_is_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    configure(json=True, level="warning")
    logger("billing").info("quiet")
    logging.getLogger("library").info("quiet")
    assert capsys.readouterr().err == ""


def test_unknown_level_is_a_defect() -> None:
    with pytest.raises(KeyError):
        configure(json=True, level="loud")


@pytest.mark.parametrize("as_json", [True, False])
def test_no_canary_is_left_on_any_path(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    configure(json=as_json, level="debug")
    for canary in CANARIES:
        _write_everywhere(canary)
    written = capsys.readouterr().err
    assert "Traceback" in written
    assert [canary for canary in CANARIES if canary in written] == []


def _fail_with(text: str) -> None:
    raise ValueError(text)


def _write_everywhere(canary: str) -> None:
    ours, library = logger("billing"), logging.getLogger("library")
    ours.warning(f"text {canary}", note=canary, nested={"list": [canary]}, email=canary)
    library.warning("text %s", canary)
    try:
        _fail_with(canary)
    except ValueError as error:
        ours.exception("failed", error=error)
        library.exception("failed")


def test_configuring_again_writes_each_line_of_a_library_once(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure(json=True, level="info")
    configure(json=True, level="info")
    logging.getLogger("library").warning("once")
    assert capsys.readouterr().err.count("once") == 1
