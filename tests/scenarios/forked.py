"""Many commands as processes of their own, forked from one that has loaded the program already.

Starting Python and loading takes longer than what most commands do.
"""

import atexit
import gc
import importlib
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from ledgerline.main import COMMANDS, run

SECONDS_MAX: Final = 600  # a busy machine is no fault
HEAVY: Final = tuple(
    f"ledgerline.cli.{name}"
    for name in (
        "datasets_work", "datasets_upkeep_work", "datasets_follow", "ml_work", "ml_train_work",
        "ml_churn_work",
    )
)  # fmt: skip
COMPUTING: Final = frozenset({"data", "ml"})
"""Whose commands load what is heavy."""
POLL_SECONDS: Final = 0.05
DEFECT: Final = 70
KEK: Final = bytes(32).hex()
WARMING: Final = ("--database-url", "postgresql://127.0.0.1:1/nobody", "clock", "show")


class Case(NamedTuple):
    """A command line and the whole of its environment.

    One that goes on until it is stopped is stopped once its error output has the words ``until``.
    """

    arguments: Sequence[str]
    environment: Mapping[str, str]
    until: str = ""


class Done(NamedTuple):
    """What came of it."""

    status: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Forked:
    """Runs every case in a process of its own, one after the other."""

    run_all: Callable[[Sequence[Case]], list[Done]]

    def __call__(self, url: str, *arguments: str, **more: str) -> Done:
        """Run one command on a database; what is empty of ``more`` is not set."""
        environment = {
            "LEDGERLINE_DATABASE_URL": url, "LEDGERLINE_KEK": KEK, "PATH": "/usr/bin:/bin", **more,
        }  # fmt: skip
        given = {name: value for name, value in environment.items() if value}
        [done] = self.run_all([Case(arguments, given)])
        return done

    def read(self, url: str, *arguments: str, **more: str) -> Any:
        """Run one command that must succeed, and read what it prints as JSON."""
        done = self(url, *arguments, "--json", **more)
        assert done.status == 0, done.err
        return json.loads(done.out)


@contextmanager
def forking() -> Iterator[Forked]:
    """Load the program once for the block, and what computes data sets once it is asked for.

    That is loaded apart: a process that holds so much is slow to fork.
    """
    with ExitStack() as parents:

        @cache
        def parent(*also: str) -> subprocess.Popen[str]:
            command = [sys.executable, "-m", __name__, *also]
            pipe = subprocess.PIPE
            return parents.enter_context(
                subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
            )

        def run_one(case: Case) -> Done:
            asked = parent(*(HEAVY if COMPUTING & set(case.arguments) else ()))
            assert asked.stdin is not None
            assert asked.stdout is not None
            asked.stdin.write(json.dumps(case) + "\n")
            asked.stdin.flush()
            return Done(*json.loads(asked.stdout.readline()))

        yield Forked(lambda cases: [run_one(case) for case in cases])


@cache
def shared() -> Forked:
    """Load the program once for all tests of this process, and end it with them."""
    kept = ExitStack()
    atexit.register(kept.close)
    return kept.enter_context(forking())


def _main(also: Sequence[str]) -> None:
    for module in (*(entry.module for entry in COMMANDS.values()), "ledgerline.serving", *also):
        importlib.import_module(module)
    _warm()
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(_fork(Case(*json.loads(line)))) + "\n")
        sys.stdout.flush()


def _fork(case: Case) -> Done:
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            _become(case, out, err)
        if case.until:
            _stop_once(lambda: case.until in _text(err), child)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return Done(status, _text(out), _text(err))


def _stop_once(holds: Callable[[], bool], child: int) -> None:
    """Ask a child to end when it is so, unless it ended before."""
    while not holds():
        if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
            return
        time.sleep(POLL_SECONDS)
    os.kill(child, signal.SIGTERM)


def _warm() -> None:
    """Run a command here, for what is loaded at its first use alone."""
    sys.argv = ["ledgerline", *WARMING]
    with redirect_stderr(io.StringIO()), suppress(SystemExit):
        run()


def _become(case: Case, out: Any, err: Any) -> None:
    """Run the command in this process, which ends with it."""
    status: object = DEFECT
    try:
        signal.alarm(SECONDS_MAX)
        with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a descriptor is needed
            os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        os.environ.clear()  # noqa: TID251 - this is how a process is given one
        os.environ.update(case.environment)  # noqa: TID251 - the same
        sys.argv = ["ledgerline", *case.arguments]
        run()
    except SystemExit as end:
        status = end.code
    except BaseException:  # noqa: BLE001 - what a defect would print is what is looked for
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else int(status is not None))


def _text(file: Any) -> str:
    """Read a file from its beginning, and leave where the child writes on where it is."""
    return os.pread(file.fileno(), os.fstat(file.fileno()).st_size, 0).decode(errors="replace")


if __name__ == "__main__":
    _main(sys.argv[1:])
