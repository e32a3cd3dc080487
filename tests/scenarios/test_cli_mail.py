"""``ledgerline mail``: what customers were written is looked at, kept as a file, and sent again."""

from collections.abc import AsyncIterator
from email import message_from_bytes
from pathlib import Path

import pytest_asyncio

from ledgerline.flows.create_customer import NewCustomer, create_customer
from tests.flow_values import Shopper
from tests.flow_world import World, open_world
from tests.mailing import deliver_all
from tests.scenarios.shell import ledgerline
from tests.scenarios.test_cli_records import shown


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_database_url: str, tmp_path: Path) -> AsyncIterator[World]:
    async with open_world(fresh_database_url, tmp_path) as opened:
        yield opened


async def test_a_mail_is_listed_shown_written_to_a_file_and_sent_again(
    fresh_database_url: str, world: World, tmp_path: Path
) -> None:
    # given a receipt in the sink
    url = fresh_database_url
    new = NewCustomer("SE", name="Ada", email="ada@mail.example", locale="sv-SE")
    customer_id = await create_customer(world.run, new)
    await world.buy(Shopper(customer_id, await world.method(customer_id)))
    await deliver_all(world)
    [receipt] = [
        one
        for one in shown(url, "mail", "list", "--state", "shown")["data"]
        if one["kind"] == "receipt"
    ]
    theirs = shown(url, "mail", "list", "--customer", receipt["customer"])["data"]
    assert receipt["id"] in {one["id"] for one in theirs}
    # when it is looked at
    file = tmp_path / "receipt.eml"
    found = shown(url, "mail", "show", receipt["id"], "--out", str(file))
    # then it says what was written, to whom
    assert (found["to"], found["state"], found["blocked"]) == ("ada@mail.example", "shown", False)
    assert "119,00" in found["subject"]
    assert message_from_bytes(file.read_bytes())["To"] == "ada@mail.example"
    # and it is not sent again without a yes, nor twice at once
    assert ledgerline(url, "mail", "resend", receipt["id"]).returncode == 1
    again = ledgerline(url, "mail", "resend", receipt["id"], "--by", "mara", "--yes")
    assert again.returncode == 0
    waiting = shown(url, "mail", "list", "--state", "waiting")["data"]
    assert [(one["sequence"], one["actor"]) for one in waiting] == [(2, "mara")]
    assert ledgerline(url, "mail", "resend", waiting[0]["id"], "--yes").returncode == 1
    assert ledgerline(url, "mail", "unblock", receipt["customer"]).returncode == 0
    await deliver_all(world)
    assert len(shown(url, "mail", "list", "--state", "shown")["data"]) == 3


def test_a_mail_is_previewed_without_a_database(tmp_path: Path) -> None:
    file = tmp_path / "receipt.html"
    made = ledgerline("", "mail", "preview", "receipt", str(file), "--locale", "de-DE")
    assert made.returncode == 0, made
    assert "Danke" in file.read_text("utf-8")
    again = ledgerline("", "mail", "preview", "receipt", str(file))
    assert again.returncode == 1
