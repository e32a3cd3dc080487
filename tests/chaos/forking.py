"""A parent that has imported everything and forks the processes of a chaos run in milliseconds.

It is the only one that signals its children: it has not reaped them, so no signal ever reaches a
process that merely got the same number. When its orders end, its whole group ends with it.
"""

import asyncio
import gc
import json
import os
import signal
import socket
import sys
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import uvloop

from ledgerline.base import log
from tests.chaos import (
    api_role,
    checks_role,
    jobs_role,
    operate_role,
    prepare_role,
    reconcile_role,
    shop_role,
    work_role,
)
from tests.chaos.chance import Chance
from tests.chaos.place import Place
from tests.chaos.running import Role

DEFECT: Final = 70  #: exit status of a child that met what must not happen
ROLES: Final[dict[str, Role]] = {
    "prepare": prepare_role.prepare,
    "work": work_role.work,
    "jobs": jobs_role.jobs,
    "reconcile": reconcile_role.reconcile,
    "shop": shop_role.shop,
    "finish": shop_role.finish,
    "api": api_role.serve,
    "operate": operate_role.operate,
    "check": checks_role.check,
}


@dataclass(slots=True)
class Nursery:
    """The children that live, by process id."""

    place: Place
    listening: socket.socket
    living: dict[int, str] = field(default_factory=dict)
    gone: list[dict[str, Any]] = field(default_factory=list)

    def spawn(self, role: str, slot: int, seed: str) -> dict[str, Any]:
        """Fork one process and return its id."""
        pid = os.fork()
        if pid == 0:
            _live(self, role, slot, seed)
        self.living[pid] = f"{role}-{slot}"
        return {"pid": pid}

    def signal(self, pid: int, number: int) -> dict[str, Any]:
        """Signal a child that lives; a killed one is waited for."""
        self._reap()
        if pid not in self.living:
            return {"reached": False}
        os.kill(pid, number)
        if number == signal.SIGKILL:
            os.waitpid(pid, 0)
            del self.living[pid]
        return {"reached": True}

    def ended(self) -> dict[str, Any]:
        """List the children that ended by themselves since the last question."""
        self._reap()
        gone, self.gone = self.gone, []
        return {"ended": gone}

    def _reap(self) -> None:
        for pid, name in list(self.living.items()):
            found, status = os.waitpid(pid, os.WNOHANG)
            if found:
                code = os.waitstatus_to_exitcode(status)
                self.gone.append({"pid": pid, "name": name, "status": code})
                del self.living[pid]


def _live(nursery: Nursery, role: str, slot: int, seed: str) -> NoReturn:
    """Be the child: never return to the loop of the parent."""
    code = _lived(nursery, role, slot, seed)
    sys.stderr.flush()
    os._exit(code)


def _lived(nursery: Nursery, role: str, slot: int, seed: str) -> int:
    """Do what a role does and return the exit status."""
    try:
        _redirect(nursery.place.path(f"{role}-{slot}.log"))
        log.configure(json=True, level="info")
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(ROLES[role](nursery.place, slot, Chance(seed), nursery.listening))
    except BaseException as defect:  # noqa: BLE001 - whatever it is, it is evidence
        traceback.print_exc()
        nursery.place.append(
            "defects.ndjson",
            {"who": f"{role}-{slot}", "what": repr(defect), "trace": traceback.format_exc()},
        )
        return DEFECT
    return 0


def _redirect(log_file: Path) -> None:
    nothing = os.open(os.devnull, os.O_RDONLY)
    output = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(nothing, 0)
    os.dup2(output, 1)
    os.dup2(output, 2)


def main() -> None:
    """Obey one order a line until standard input ends."""
    place = Place.read(Path(sys.argv[1]))
    with socket.create_server(("127.0.0.1", 0), backlog=512) as listening:
        nursery = Nursery(place, listening)
        api_role.warm()
        gc.freeze()
        _say({"ready": True, "api_port": listening.getsockname()[1]})
        for line in sys.stdin:
            order = json.loads(line)
            _say(getattr(nursery, order.pop("do"))(**order))
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
