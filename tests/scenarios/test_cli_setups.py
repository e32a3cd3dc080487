"""Set-ups by hand: started, looked at, confirmed and given up from the command line."""

import aiohttp

from ledgerline.base.ids import encode
from tests.flow_world import World
from tests.scenarios.shell import ledgerline
from tests.scenarios.test_cli_records import shown


async def _pass(url: str) -> None:
    async with (
        aiohttp.ClientSession() as browser,
        browser.post(url, data={"answer": "pass"}, allow_redirects=False) as end,
    ):
        assert end.status == 303


async def test_a_card_is_set_up_by_hand(world: World) -> None:
    url = world.url
    customer = encode("cus", await world.customer())
    start = ("setup", "start", customer, "--account", "aster", "--token", "tok_challenge_cli",
             "--brand", "visa", "--last4", "4242", "--return-url", "https://shop.example",
             "--default")  # fmt: skip
    begun = shown(url, *start)
    assert (begun["status"], begun["payment_method"]) == ("requires_action", None)
    setup = begun["id"]
    assert shown(url, "setup", "show", setup) == begun
    await _pass(begun["url"])
    done = shown(url, "setup", "confirm", setup)
    assert (done["status"], done["url"]) == ("succeeded", None)
    method = await world.value("SELECT payment_method_id FROM default_method")
    assert done["payment_method"] == encode("pm", method)
    # and one that is given up is asked about before
    page = shown(url, "setup", "start", customer, "--return-url", "https://shop.example")
    assert ledgerline(url, "setup", "cancel", page["id"]).returncode == 1
    assert shown(url, "setup", "cancel", page["id"], "--yes")["status"] == "not_executed"
    listed = shown(url, "setup", "list", customer)
    assert {one["id"] for one in listed["data"]} == {page["id"], setup}
    wrong = ledgerline(url, "setup", "start", customer, "--token", "tok_ok_1")
    assert "name it" in wrong.stderr
    assert "is the id of a customer" in ledgerline(url, "setup", "show", customer).stderr
