"""Simulators forked from one process that has loaded the program already.

Starting Python and loading takes longer than what most simulators of tests do in their lives. The
parent is one a test process; it ends, and all that it forked with it, when that process does.

It alone signals its children: it has reaped none that was not waited for, so no signal ever
reaches a process that merely got the same number.
"""

import asyncio
import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NoReturn

from pspsim.__main__ import main

DEFECT: Final = 70  #: exit status of one that met what must not happen
_ORDER_BYTES_MAX: Final = 1 << 16


class _Parent:
    """Orders to the process that forks; each is obeyed before the next is given."""

    def __init__(self) -> None:
        self._orders, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", __name__], stdin=theirs.fileno(), process_group=0
            )

    def fork(self, arguments: Sequence[str], output: int) -> int:
        """Fork a simulator that says what it has to say to ``output``, and return its id."""
        return self._told([output], do="fork", arguments=arguments)

    def signal(self, pid: int, number: signal.Signals) -> None:
        """Signal one that was not waited for."""
        self._told(do="signal", pid=pid, number=number)

    def reap(self, pid: int) -> int:
        """Wait for one and return its exit status; of a killed one its signal, negative."""
        return self._told(do="reap", pid=pid)

    def close(self) -> None:
        """End it and everything it forked."""
        self._orders.close()
        self._process.wait()

    def _told(self, descriptors: Sequence[int] = (), **order: object) -> int:
        socket.send_fds(self._orders, [json.dumps(order).encode()], descriptors)
        answer = self._orders.recv(_ORDER_BYTES_MAX)
        assert answer, "the parent of all simulators ended"
        return int(answer)


@cache
def _parent() -> _Parent:
    parent = _Parent()
    atexit.register(parent.close)
    return parent


@dataclass(slots=True)
class ForkedProcess:
    """A simulator, used as a process of asyncio is."""

    pid: int
    stdout: asyncio.StreamReader
    """What it prints, and below that what it complains of."""
    returncode: int | None = None

    def terminate(self) -> None:
        """Ask it to end."""
        _parent().signal(self.pid, signal.SIGTERM)

    def kill(self) -> None:
        """End it in the middle of whatever it does."""
        _parent().signal(self.pid, signal.SIGKILL)

    async def wait(self) -> int:
        """Wait until it ended, and return its exit status."""
        if self.returncode is None:
            await self.stdout.read()
            self.returncode = _parent().reap(self.pid)
        return self.returncode


async def fork(*arguments: str) -> ForkedProcess:
    """Start a simulator with the arguments of its command line."""
    reading, writing = os.pipe()
    try:
        pid = _parent().fork(arguments, writing)
    finally:
        os.close(writing)
    said = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(said), os.fdopen(reading, "rb", buffering=0)
    )
    return ForkedProcess(pid, said)


def _obey() -> None:
    """Obey one order after the other until nobody is there to give any."""
    with socket.socket(fileno=os.dup(sys.stdin.fileno())) as orders:
        gc.freeze()
        while True:
            order, descriptors, _, _ = socket.recv_fds(orders, _ORDER_BYTES_MAX, 1)
            if not order:
                break
            orders.sendall(str(_done(json.loads(order), *descriptors)).encode())
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _done(order: dict[str, Any], *descriptors: int) -> int:
    match order["do"]:
        case "fork":
            [output] = descriptors
            pid = os.fork()
            if pid == 0:
                _become(order["arguments"], output)
            os.close(output)
            return pid
        case "signal":
            os.kill(order["pid"], order["number"])
            return 0
        case _:
            return os.waitstatus_to_exitcode(os.waitpid(order["pid"], 0)[1])


def _become(arguments: list[str], output: int) -> NoReturn:
    """Be the simulator: never return to the loop of the parent."""
    status = _served(arguments, output)
    with suppress(OSError):  # whoever listened may have gone
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(status)


def _served(arguments: list[str], output: int) -> int:
    """Serve until it is told to end, and return the exit status."""
    try:
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        os.closerange(3, max(nothing, output) + 1)  # the orders of the parent are not for it
        return main(arguments)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else DEFECT
    except BaseException:  # noqa: BLE001 - what a defect prints is what is looked for
        traceback.print_exc()
        return DEFECT


if __name__ == "__main__":
    _obey()
