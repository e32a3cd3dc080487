"""The liveness phase: all faults stop, every question gets an answer, and every unknown ends."""

import json
import signal
import time
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from tests.chaos.harness import CALM, CREW, Arena, Crew
from tests.chaos.operate_role import ABSENT
from tests.chaos.personalities import PERSONALITIES, UNASKABLE
from tests.chaos.place import POISON
from tests.chaos.prepare_role import CALL_DEADLINE_MS
from tests.chaos.reconcile_role import waiting
from tests.chaos.waiting import DUE, FORGOTTEN, LIVE, LIVE_IN_HEALTH, ON_THEIR_WAY
from tests.chaos.watching import UNFENCED

CALL_SECONDS: Final = 3 * CALL_DEADLINE_MS / 1000
HEAL_STEPS: Final = tuple(
    timedelta(seconds=seconds)
    for seconds in (40, 40, 70, 330, 1_900, 7_300, *(20_000, 40, 70) * 10)
)


def heal(arena: Arena) -> None:
    """Stop all faults: every question gets an answer and every unknown ends."""
    arena.wake_up(all_of_them=True)
    for pid in arena.living.values():
        arena.forks.signal(pid, signal.SIGKILL)
        arena.expire_leases(pid)
    arena.living.clear()
    arena.counts["unknown at healing"] = arena.counted(LIVE)
    arena.simulator.control("faults", {"provider": "*", "rates": CALM})
    workers = tuple(one for one in CREW if one[0] != "shop")
    arena.staff((*workers, ("finish", 0), ("finish", 1)))
    arena.wait("every wish is answered", lambda: not arena.finishing())
    _settle(arena, workers, LIVE)
    _operate(arena)
    _lose_answers(arena)
    _heal_beside_poison(arena, workers)
    arena.place.path(POISON).unlink()
    _settle(arena, workers, LIVE)
    _hear_again(arena, LIVE, PERSONALITIES)
    _operate(arena)
    _reconcile(arena, workers)
    arena.staff(workers)
    arena.run_once("check")
    unfenced = arena.asked(UNFENCED)
    if unfenced:
        arena.findings.append(f"committed without its lease: {unfenced}")
    arena.findings += [
        f"audit {line['id']}: {line['text']} ({line['count']} rows) {line['rows']}"
        for line in arena.place.lines("audit.ndjson")
    ]
    arena.findings += [
        f"defect in {line['who']}: {line['what']}" for line in arena.place.lines("defects.ndjson")
    ]


def _heal_beside_poison(arena: Arena, workers: Crew) -> None:
    """Have all others come to their end though whatever is asked about the poisoned ones fails."""
    _settle(arena, workers, LIVE_IN_HEALTH)
    _hear_again(arena, LIVE_IN_HEALTH, UNASKABLE)  # its events die with a kill of the simulator
    _operate(arena)  # what was never sent, and may be sent no more, only people end
    left = arena.counted(LIVE_IN_HEALTH)
    if left:
        arena.findings.append(f"one that fails keeps others from their end: {left} of them")


def _hear_again(arena: Arena, live: str, providers: Iterable[str]) -> None:
    """Have providers tell again what we do not know the end of."""
    found = arena.asked(f"SELECT id FROM ({live}) AS l WHERE id IS NOT NULL")
    references = [str(id) for (id,) in found]
    for provider in providers:
        arena.simulator.control("retell", {"provider": provider, "references": references})
    arena.simulator.control("drain", {})
    arena.wait("the last webhooks are applied", lambda: arena.counted(DUE) == 0)


def _operate(arena: Arena) -> None:
    """Have a person look for what keys no longer tell of; what a book has ends by itself."""
    known = {line["reference"] for line in arena.simulator.truth()}
    absent = [found for found in arena.asked(FORGOTTEN) if found[0] not in known]
    arena.counts["ended by hand"] += len(absent)
    arena.place.path(ABSENT).write_text(json.dumps(absent))
    arena.run_once("operate")


def _reconcile(arena: Arena, workers: Crew) -> None:
    """Ask for the last statements, and have all of them imported."""
    _skip(arena, timedelta(days=1))
    _settle(arena, workers, LIVE)
    arena.clerk.fetch(arena.now())
    arena.wait("every statement is imported", lambda: not waiting(arena.place))
    arena.wait("every payout is at the bank", lambda: arena.counted(ON_THEIR_WAY) == 0)
    arena.wait("nothing is due", lambda: arena.counted(DUE) == 0)


def _lose_answers(arena: Arena) -> None:
    """Let everything renew once more while no answer comes, and some renewals fail for us."""
    arena.place.path(POISON).touch()
    for name, one in PERSONALITIES.items():
        silent = {**CALM, "http_5xx_after": 900_000, "webhook_lost": 1_000_000, **one.rates}
        arena.simulator.control("faults", {"provider": name, "rates": silent})
    _skip(arena, timedelta(days=8))
    arena.wait("nothing is due", lambda: arena.counted(DUE) == 0)
    arena.simulator.control("faults", {"provider": "*", "rates": CALM})


def _settle(arena: Arena, workers: Crew, live: str) -> None:
    """Let time pass until nothing of ``live`` is left, or so much that there never will be."""
    for step in HEAL_STEPS:
        arena.staff(workers)
        is_done = arena.wait("nothing is due", lambda: arena.counted(DUE) == 0)
        if not is_done or arena.counted(live) == 0:
            return
        arena.advance(step)
    arena.wait("nothing is due", lambda: arena.counted(DUE) == 0)


def _skip(arena: Arena, step: timedelta) -> None:
    """Let days pass while no call is on its way: no network holds one for longer than a key lasts.

    What is on its way is answered, or given up, within its deadline of real time.
    """
    time.sleep(CALL_SECONDS)
    arena.advance(step)
