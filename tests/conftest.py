"""Options, random profiles and the closed network; the database fixtures are in ``postgres``."""

import asyncio
import faulthandler
import gc
import io
import os
import platform
import socket
import sys
import threading
from collections.abc import Callable, Generator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

import pytest
from hypothesis import HealthCheck, settings

from ledgerline.cli import postgres_binaries

pytest_plugins = ["tests.postgres"]

os.environ.setdefault("SPARK_CONF_DIR", str(Path(__file__).parent / "datasets" / "spark"))

_LOCAL_NAMES: Final = {None, "", "localhost", b"localhost"}
_SESSION_SECONDS_MAX: Final = 4740
_GC_THRESHOLDS: Final = (50_000, 20, 20)

settings.register_profile(
    "short",
    deadline=None,
    derandomize=True,  # the merge gate must not depend on luck
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("ci", deadline=None, max_examples=2_000, print_blob=True)
settings.load_profile("short")


class NetworkClosed(Exception):
    """A test tried to leave this machine."""


def _stay_on_this_machine(event: str, arguments: tuple[object, ...]) -> None:
    """Refuse connections and look-ups of anything but loopback; Unix sockets pass.

    Only sockets of Python are seen: libpq and uvloop make their own.
    """
    match event, arguments:
        case (
            ("socket.connect" | "socket.sendto" | "socket.sendmsg"),
            (socket.socket() as used, to),
        ):
            inet = used.family in {socket.AF_INET, socket.AF_INET6}
            host = to[0] if inet and isinstance(to, tuple) else None
        case "socket.getaddrinfo", (host, *_):
            pass
        case _:
            return
    if host not in _LOCAL_NAMES and not _is_loopback(host):
        raise NetworkClosed(f"{event} {host!r}: tests stay on this machine")


def _is_loopback(host: object) -> bool:
    try:
        return ip_address(host.decode() if isinstance(host, bytes) else str(host)).is_loopback
    except ValueError:
        return False


sys.addaudithook(_stay_on_this_machine)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--pg",
        type=int,
        default=int(os.environ["PG"]) if os.environ.get("PG") else None,
        help="major version of PostgreSQL, the system's first (default: the bundled one)",
    )
    parser.addoption("--long", action="store_true", help="long forms and many random examples")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--long"):
        settings.load_profile("ci")
    else:
        # Of several processes the one that waits for the others gives up last.
        _limit_the_session(_SESSION_SECONDS_MAX + (0 if hasattr(config, "workerinput") else 20))


def _limit_the_session(seconds: int) -> None:
    """End this process with its stacks when what hung in a test hangs again in its clean-up."""
    stderr = os.dup(2)  # before the output of tests is captured

    def give_up() -> None:
        faulthandler.dump_traceback(file=stderr)
        os._exit(1)

    guard = threading.Timer(seconds, give_up)
    guard.daemon = True
    guard.start()


def pytest_collection_finish() -> None:
    """Let the cycle collector leave alone what was loaded: it would walk it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_GC_THRESHOLDS)


def pytest_report_header(config: pytest.Config) -> str:
    major = config.getoption("--pg")
    found = postgres_binaries.find(prefer_system=major is not None, major=major)
    return f"PostgreSQL {found.version} ({found.source}), Python {platform.python_version()}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show where every task stood in a test that ran out of time: a loop shows only itself."""
    if call.excinfo is not None and "Timeout" in call.excinfo.exconly():
        stacks = io.StringIO()
        for task in gc.get_objects():
            if isinstance(task, asyncio.Task) and not task.done():
                task.print_stack(file=stacks)
        item.add_report_section(call.when, "tasks", stacks.getvalue())
    return (yield)


@pytest.fixture(scope="session")
def long_form(request: pytest.FixtureRequest) -> bool:
    """Say whether this run was asked for the long form."""
    return bool(request.config.getoption("--long"))


@pytest.fixture
def say(capfd: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Print a line that is seen whatever captures output."""

    def said(line: str) -> None:
        with capfd.disabled():
            sys.stderr.write(f"\n{line}\n")

    return said
