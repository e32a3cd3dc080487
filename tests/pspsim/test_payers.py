"""Payers decline for lasting, waiting and passing reasons, at the rate of their segment."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest
from msgspec import json
from msgspec.structs import replace

from pspsim.codes import CAUSE, Cause, DeclineCode
from pspsim.draws import Draws
from pspsim.faults import Fault
from pspsim.payers import Attempt, Payers
from pspsim.tokens import TokenKind, TokenRefused, parse_token
from pspsim.world import Drift, WorldRefused, load_world, read_world

JANUARY_1 = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)
TOKENS = 10_000


@dataclass(frozen=True)
class Crowd:
    """Ask the demo world about many tokens."""

    payers: Payers

    def declines(
        self, *, provider: str = "aster", at: datetime = JANUARY_1, present: bool = False
    ) -> Iterator[DeclineCode | None]:
        """Yield the outcome of one charge for each token."""
        for number in range(TOKENS):
            yield self.payers.decline(
                Attempt(
                    provider=provider,
                    segment="*",
                    token=f"tok_x_{number}",
                    reference=f"{at}-{number}",
                    execution=0,
                    payer_is_present=present,
                    at=at,
                )
            )


CROWD = Crowd(Payers(Draws(11), load_world("demo")))


@pytest.mark.parametrize(
    ("provider", "approval_ppm"), [("aster", 940_000), ("boreal", 900_000), ("cobalt", 860_000)]
)
def test_first_approval_is_what_the_world_says(provider: str, approval_ppm: int) -> None:
    approved = sum(code is None for code in CROWD.declines(provider=provider))
    assert abs(approved * 1_000_000 // TOKENS - approval_ppm) < 7_000


def test_a_hard_decline_sticks_to_the_token_for_good_and_everywhere() -> None:
    # given the tokens that decline hard at the best provider
    first = list(CROWD.declines())
    hard = [n for n, code in enumerate(first) if code and CAUSE[code] is Cause.HARD]
    assert len(hard) > 50
    # when they are tried a month later, and at a weaker provider
    later = list(CROWD.declines(at=JANUARY_1 + 30 * DAY))
    elsewhere = list(CROWD.declines(provider="cobalt"))
    # then the answer is the same
    assert [later[n] for n in hard] == [first[n] for n in hard]
    assert [elsewhere[n] for n in hard] == [first[n] for n in hard]


def test_an_empty_account_recovers_with_the_next_payday() -> None:
    # given the tokens that are short of money today
    today = list(CROWD.declines())
    short = [n for n, code in enumerate(today) if code is DeclineCode.INSUFFICIENT_FUNDS]
    assert len(short) > 150
    # when they are asked again on later days
    still = [
        sum(outcome[n] is DeclineCode.INSUFFICIENT_FUNDS for n in short)
        for days in (1, 7, 30)
        if (outcome := list(CROWD.declines(at=JANUARY_1 + days * DAY)))
    ]
    # then most stay short overnight, fewer over a week, hardly any after a full cycle
    assert len(short) * 8 // 10 < still[0] < len(short)
    assert still[1] < still[0]
    assert still[2] < len(short) // 5


def test_a_present_payer_is_never_asked_to_authenticate_again() -> None:
    assert DeclineCode.AUTHENTICATION_REQUIRED in set(CROWD.declines())
    assert DeclineCode.AUTHENTICATION_REQUIRED not in set(CROWD.declines(present=True))


@pytest.mark.parametrize(
    ("text", "kind", "code", "declines", "fault"),
    [
        ("tok_eu-debit_1", TokenKind.DRAWN, None, 0, None),
        ("tok_ok_a_b", TokenKind.OK, None, 0, None),
        ("tok_decline_lost_card_9", TokenKind.DECLINE, DeclineCode.LOST_CARD, 0, None),
        ("tok_recover_3_x", TokenKind.RECOVER, None, 3, None),
        ("tok_pending_x", TokenKind.PENDING, None, 0, None),
        ("tok_hang_after_x", TokenKind.OK, None, 0, Fault.TIMEOUT_AFTER_ACCEPT),
        ("tok_hang_before_x", TokenKind.OK, None, 0, Fault.TIMEOUT_BEFORE_ACCEPT),
        ("tok_500_after_x", TokenKind.OK, None, 0, Fault.HTTP_5XX_AFTER),
        ("tok_500_before_x", TokenKind.OK, None, 0, Fault.HTTP_5XX_BEFORE),
    ],
)
def test_a_token_says_what_it_asks_for(
    *, text: str, kind: TokenKind, code: DeclineCode | None, declines: int, fault: Fault | None
) -> None:
    token = parse_token(text)
    assert (token.kind, token.code, token.declines, token.fault) == (kind, code, declines, fault)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tok_",
        "tok_ok",
        "card_1",
        "tok_decline_nothing_1",
        "tok_recover_x_1",
        "tok_hang_1",
        "tok_500_after",
    ],
)
def test_a_token_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        parse_token(text)


def _drifting(spread_ppm: int) -> Crowd:
    world = load_world("demo")
    drift = Drift(spread_ppm=spread_ppm, days=20)
    segments = {name: replace(one, drift=drift) for name, one in world.segments.items()}
    return Crowd(Payers(Draws(11), replace(world, segments=segments)))


def _approved(crowd: Crowd, *, provider: str, day: int) -> int:
    codes = crowd.declines(provider=provider, at=JANUARY_1 + day * DAY)
    return sum(code is None for code in codes) * 1_000_000 // TOKENS


def test_approval_drifts_at_each_provider_by_itself_and_slowly() -> None:
    crowd = _drifting(100_000)
    days = range(0, 200, 10)
    paths = {
        provider: [_approved(crowd, provider=provider, day=day) for day in days]
        for provider in ("aster", "boreal")
    }
    for path in paths.values():
        assert max(path) - min(path) > 30_000
        # a level is reached along a line: half of the way, half of the days
        assert all(abs(after - before) < 110_000 for before, after in pairwise(path))
    best = [max(paths, key=lambda name: paths[name][n]) for n in range(len(days))]
    assert set(best) == {"aster", "boreal"}
    # and equal seeds drift alike
    assert _approved(_drifting(100_000), provider="aster", day=50) == paths["aster"][5]


def test_who_is_refused_for_good_stays_so_however_approval_drifts() -> None:
    calm, drifting = list(CROWD.declines()), list(_drifting(400_000).declines())
    hard = [n for n, code in enumerate(calm) if code and CAUSE[code] is Cause.HARD]
    assert [drifting[n] for n in hard] == [calm[n] for n in hard]


def test_a_segment_without_generic_refusals_cannot_drift() -> None:
    raw = json.decode((files("pspsim") / "worlds" / "calm.json").read_bytes())
    raw["segments"]["*"]["drift"] = {"spread_ppm": 1000}
    with pytest.raises(WorldRefused, match="generic"):
        read_world(json.encode(raw), source="calm")
