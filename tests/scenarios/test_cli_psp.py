"""``ledgerline psp`` from a shell: what is registered was tried, and what is in use stays."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.flow_world import World
from tests.scenarios.forked import Done, Forked

GOOD: Final = "sandbox_boreal_secret"


@dataclass(frozen=True, slots=True)
class Till:
    """Runs commands on a world, and knows how to register ``boreal`` as ``odd``."""

    world: World
    forked: Forked
    secrets: Path

    def run(self, *arguments: str) -> Done:
        return self.forked(self.world.url, "psp", *arguments)

    def read(self, *arguments: str) -> Any:
        return self.forked.read(self.world.url, "psp", *arguments)

    def adding(self, *more: str, url: str | None = None) -> tuple[str, ...]:
        given = url or f"http://127.0.0.1:{self.world.simulator.port}/boreal"
        return (
            "add", "odd", "--setting", f"base_url={given}",
            "--secret", f"api_secret={self.secrets / 'api'}",
            "--secret", f"webhook_secret={self.secrets / 'hook'}", *more,
        )  # fmt: skip


@pytest.fixture
def till(world: World, forked: Forked, tmp_path: Path) -> Till:
    """Keep secrets of ``boreal`` in files."""
    (tmp_path / "api").write_text(f"{GOOD}\n")
    (tmp_path / "hook").write_text("webhooks")
    return Till(world, forked, tmp_path)


async def accounts(world: World) -> Sequence[tuple[Any, ...]]:
    return await world.rows("SELECT code, status FROM psp_account WHERE code = 'odd'")


async def test_an_account_is_tried_registered_switched_and_removed(till: Till) -> None:
    # given a look that registers nothing
    looked = till.read(*till.adding("--dry-run"))
    assert (looked["trial_call"], looked["registered"]) == ("answered", False)
    assert await accounts(till.world) == []
    # when it is registered, then it answers
    assert till.read(*till.adding())["registered"] is True
    assert till.read("test", "odd")["trial_call"] == ("answered")
    # and it is disabled and enabled, as the list says
    for verb, status in (("disable", "disabled"), ("enable", "active")):
        looked = till.read(verb, "odd", "--dry-run")
        assert (looked["status"], looked["changed"]) == (status, False)
        assert await accounts(till.world) != [("odd", status)]
        assert till.run(verb, "odd").status == 0
        listed = till.read("list")["data"]
        assert [one["status"] for one in listed if one["code"] == "odd"] == [status]
    # and removed by who says yes
    unasked = till.run("remove", "odd")
    assert (unasked.status, unasked.err.splitlines()[-1]) == (1, "Try: the same with --yes")
    assert await accounts(till.world) == [("odd", "active")]
    assert till.run("remove", "odd", "--yes").status == 0
    assert await accounts(till.world) == []
    for verb in ("test", "disable", "enable", "remove"):
        gone = till.run(verb, "odd")
        assert gone.err == "ledgerline: there is no account 'odd'\nTry: `ledgerline psp list`\n"


async def test_an_account_that_does_not_answer_is_not_registered(till: Till) -> None:
    (till.secrets / "api").write_text("wrong")
    wrong = till.run(*till.adding())
    nobody = till.run(*till.adding(url="http://127.0.0.1:1/odd"))
    assert [done.status for done in (wrong, nobody)] == [1, 1]
    assert "(unauthorized); nothing was registered\n" in wrong.err, wrong.err
    assert "(not_connected); nothing was registered\n" in nobody.err, nobody.err
    assert await accounts(till.world) == []
    # but who knows better may, and is told when asked
    assert till.read(*till.adding("--no-trial"))["trial_call"] == "not made"
    tried = till.run("test", "odd", "--json")
    assert (tried.status, json.loads(tried.out)["trial_call"]) == (3, "unauthorized")
    await till.world.write("DELETE FROM psp_account WHERE code = 'odd'")


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("gopher://127.0.0.1/odd", "base_url begins with neither http:// nor https://"),
        ("http://127.0.0.1:99999/odd", "base_url has no usable host and port"),
        ("http://127.0.0.1:0/odd", "base_url has no usable host and port"),
        ("http://me:hunter2@127.0.0.1/odd", "base_url holds more than host, port and path"),
    ],
)
async def test_an_address_that_is_none_is_refused(till: Till, url: str, why: str) -> None:
    done = till.run(*till.adding("--no-trial", url=url))
    assert (done.status, done.err.splitlines()[0]) == (
        1, f"ledgerline: psp_account_refused: {why}",
    )  # fmt: skip
    assert await accounts(till.world) == []


@pytest.mark.parametrize("text", ["two\nlines", "two\r\nlines", "ümlaut", "", "nul\0"])
async def test_a_secret_that_breaks_a_header_is_refused_and_not_shown(
    till: Till, text: str
) -> None:
    (till.secrets / "api").write_text(text)
    done = till.run(*till.adding("--no-trial"))
    assert done.status == 1
    assert done.err.startswith("ledgerline: psp_account_refused: api_secret is empty or holds")
    assert not text or text not in done.err
    assert await accounts(till.world) == []


def test_a_connector_that_is_none_is_named(till: Till) -> None:
    done = till.run(*till.adding("--psp", "nopay"))
    assert done.err == (
        "ledgerline: no connector speaks to 'nopay'\n"
        "Try: one of: adyen, gocardless, sandbox, stripe\n"
    )


async def test_an_account_in_use_stays_and_it_is_said_what_to_do(till: Till) -> None:
    await till.world.shopper()
    done = till.run("remove", "aster", "--yes")
    assert done.status == 1
    [what, hint] = done.err.splitlines()
    assert what.startswith("ledgerline: psp_account_in_use: aster is needed for ")
    assert hint == "Try: `ledgerline psp disable aster` sends no new charge there"


async def test_secrets_that_do_not_open_are_said_and_given_again(till: Till) -> None:
    assert till.run(*till.adding()).status == 0
    await till.world.write("UPDATE psp_account SET secrets_sealed = '\\x00' WHERE code = 'odd'")
    done = till.run("test", "odd")
    assert done.err.splitlines()[-2:] == [
        "ledgerline: the secrets of odd cannot be opened",
        "Try: give them again: `ledgerline psp add odd --setting … --secret …`",
    ]
    assert till.run(*till.adding()).status == 0
    assert till.run("test", "odd").status == 0
    await till.world.write("DELETE FROM psp_account WHERE code = 'odd'")
