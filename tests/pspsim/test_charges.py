"""Charges: validation, outcomes of the fixed tokens, reading back."""

import asyncio
from io import BytesIO

import pytest

from pspsim.codes import NETWORK_CODE, DeclineCode
from pspsim.http_wire import BODY_BYTES_MAX
from tests.pspsim.simulator import EUR_10_99, Simulator, charge_body


async def test_an_approved_charge_shows_exactly_the_documented_object(calm: Simulator) -> None:
    answer = await calm.charge("object-1", "tok_visa_1")
    assert answer.status == 200
    assert answer.body == {
        "id": answer.body["id"],
        "object": "charge",
        "reference": "object-1",
        "amount": EUR_10_99,
        "currency": "EUR",
        "status": "succeeded",
        "network_transaction_id": answer.body["network_transaction_id"],
        "card": {
            "fingerprint": answer.body["card"]["fingerprint"],
            "bin": answer.body["card"]["bin"],
            "funding": answer.body["card"]["funding"],
            "issuer_country": answer.body["card"]["issuer_country"],
            "expires": answer.body["card"]["expires"],
        },
        "final": True,
        "created": "2026-01-01T00:00:00Z",
    }
    assert answer.body["id"].startswith("ch_")
    assert answer.body["network_transaction_id"].startswith("nt_")
    assert not answer.replayed


async def test_a_token_keeps_its_card_and_each_charge_has_a_network_id(calm: Simulator) -> None:
    first, second = [(await calm.charge(f"card-{n}", "tok_eu-debit_c")).body for n in (1, 2)]
    other = (await calm.charge("card-3", "tok_eu-debit_d")).body
    declined = (await calm.charge("card-4", "tok_decline_lost_card_c")).body
    # the card is the token's
    assert first["card"] == second["card"] != other["card"]
    assert len(first["card"]["bin"]) == 8
    assert first["card"]["funding"] == "debit"
    assert declined["card"]["fingerprint"].startswith("fp_")
    # the network's id is the charge's, and a declined one has none
    assert first["network_transaction_id"] != second["network_transaction_id"]
    assert "network_transaction_id" not in declined


@pytest.mark.parametrize("code", list(DeclineCode))
async def test_a_declining_token_always_declines_with_its_code(
    calm: Simulator, code: DeclineCode
) -> None:
    for number in range(2):
        answer = await calm.charge(f"decline-{code}-{number}", f"tok_decline_{code}_x")
        assert answer.status == 402
        assert answer.body["status"] == "declined"
        assert answer.body["final"] is True
        assert answer.body["decline_code"] == code
        assert answer.body["network_code"] == NETWORK_CODE[code]


async def test_a_recovering_token_declines_for_its_first_distinct_references(
    calm: Simulator,
) -> None:
    token = "tok_recover_2_ada"
    statuses = [(await calm.charge(f"recover-{n}", token)).status for n in (1, 2, 3)]
    # a declined reference stays declined, and does not use up another one
    again = await calm.charge("recover-1", token, key="recover-1-again")
    fourth = await calm.charge("recover-4", token)
    assert statuses == [402, 402, 200]
    assert again.body["decline_code"] == "insufficient_funds"
    assert fourth.status == 200


async def test_a_charge_is_found_by_id_and_by_reference(calm: Simulator) -> None:
    charge = (await calm.charge("found/1 ä", "tok_ok_1", key="found-1")).body
    assert (await calm.get(f"charges/{charge['id']}")).body == charge
    found = await calm.get("charges?reference=found%2F1%20%C3%A4")
    assert found.body == {"data": [charge]}
    assert (await calm.get("charges?reference=nobody")).body == {"data": []}
    absent = await calm.get("charges/ch_none")
    assert (absent.status, absent.error) == (404, "not_found")


async def test_two_keys_for_one_reference_execute_twice_and_the_truth_shows_it(
    calm: Simulator,
) -> None:
    first = await calm.charge("twice", "tok_ok_1", key="twice-a")
    second = await calm.charge("twice", "tok_ok_1", key="twice-b")
    assert first.body["id"] != second.body["id"]
    found = (await calm.get("charges?reference=twice")).body["data"]
    assert [charge["id"] for charge in found] == [first.body["id"], second.body["id"]]
    truth = [line for line in await calm.truth() if line["reference"] == "twice"]
    assert {line["key"] for line in truth} == {"twice-a", "twice-b"}
    assert [line["status"] for line in truth] == ["succeeded", "succeeded"]


@pytest.mark.parametrize(
    ("_case", "body"),
    [
        ("not json", b'{"reference":'),
        ("not utf-8", b'{"reference":"\xff"}'),
        ("a lone surrogate", b'{"reference":"\\ud800"}'),
        ("not an object", b"[]"),
        ("zero", charge_body("bad", "tok_ok_1", amount=0)),
        ("fraction", charge_body("bad", "tok_ok_1", amount=10.99)),
        ("boolean", charge_body("bad", "tok_ok_1", amount=True)),
        ("text amount", charge_body("bad", "tok_ok_1", amount="1099")),
        ("currency", charge_body("bad", "tok_ok_1", currency="eur")),
        ("initiator", charge_body("bad", "tok_ok_1", initiator="nobody")),
        ("long reference", charge_body("r" * 65, "tok_ok_1")),
        ("empty reference", charge_body("", "tok_ok_1")),
        ("further field", charge_body("bad", "tok_ok_1", color="red")),
        ("missing field", {"reference": "bad"}),
        ("token", charge_body("bad", "4242424242424242")),
    ],
)
async def test_an_invalid_charge_is_refused_before_anything_is_stored(
    calm: Simulator, _case: str, body: object
) -> None:
    answer = await calm.post("charges", body, key=f"bad-{_case}")
    assert (answer.status, answer.error) == (422, "invalid_request")
    # the key is still free
    good = await calm.charge(f"good-{_case}", "tok_ok_1", key=f"bad-{_case}")
    assert (good.status, good.replayed) == (200, False)


@pytest.mark.parametrize("key", [None, "k" * 256])
async def test_a_charge_needs_a_key_of_at_most_255_characters(
    calm: Simulator, key: str | None
) -> None:
    answer = await calm.post("charges", charge_body("keyless", "tok_ok_1"), key=key)
    assert (answer.status, answer.error) == (422, "invalid_request")
    assert (await calm.get("charges?reference=keyless")).body == {"data": []}


async def test_strangers_and_wrong_paths_are_turned_away(calm: Simulator) -> None:
    url = f"http://127.0.0.1:{calm.port}/aster/v1/charges"
    bearer = {"Authorization": "Bearer sandbox_aster_secret"}
    async with calm.session.post(url, headers={"Authorization": "Bearer x"}) as answer:
        assert answer.status == 401
    async with calm.session.get(url, headers=bearer) as answer:
        assert answer.status == 422
    async with calm.session.delete(url, headers=bearer) as answer:
        assert answer.status == 405
    async with calm.session.post(
        url, headers=bearer, data=BytesIO(b" " * (BODY_BYTES_MAX + 1))
    ) as answer:
        assert answer.status == 413
    assert (await calm.get("payouts")).status == 404
    assert (await calm.get("charges", provider="nobody")).status == 404


async def test_garbage_on_the_socket_gets_400_and_the_end(calm: Simulator) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", calm.port)
    writer.write(b"\x16\x03\x01 hello\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
    writer.close()


async def test_pipelined_requests_are_answered_in_order(calm: Simulator) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", calm.port)
    head = "GET /aster/v1/charges/{} HTTP/1.1\r\nAuthorization: Bearer sandbox_aster_secret\r\n"
    known = (await calm.charge("pipelined", "tok_ok_1")).body["id"]
    writer.write(head.format("ch_none").encode() + b"\r\n")
    writer.write(head.format(known).encode() + b"Connection: close\r\n\r\n")
    answers = await reader.read()
    assert answers.index(b"HTTP/1.1 404") < answers.index(b"HTTP/1.1 200")
    writer.close()
