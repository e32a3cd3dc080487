"""One chaos run: everything started, a safety phase full of faults, a liveness phase, the books."""

import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg.rows import TupleRow

from ledgerline.cli.local_postgres import LocalPostgres
from tests.chaos.chance import Chance
from tests.chaos.children import ForkServer, Simulator
from tests.chaos.forgery import LIAR, forge_event
from tests.chaos.personalities import PERSONALITIES, write_world
from tests.chaos.place import STARTS, Place
from tests.chaos.plants import Plant
from tests.chaos.statements import Clerk
from tests.chaos.waiting import DUE
from tests.chaos.watching import WATCH, WRITERS

STEPS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (20, 20, 120, 900, 7_200, 14_400, 28_800)
)
BACKLOG_MAX: Final = timedelta(hours=6)
Crew = tuple[tuple[str, int], ...]
CREW: Final[Crew] = (
    ("work", 0),
    ("work", 1),
    ("jobs", 0),
    ("reconcile", 0),
    ("shop", 0),
    ("shop", 1),
    ("api", 0),
)
CALM: Final = dict.fromkeys((
    "unauthorized", "rate_limit", "reset_before", "timeout_before_accept", "http_5xx_before",
    "timeout_after_accept", "cut_reply", "http_5xx_after", "slow", "lookup_5xx", "refund_failed",
    "refund_pending", "webhook_dup", "webhook_late", "webhook_lost", "webhook_reorder",
), 0)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Size:
    """How long and how hard a run is."""

    seconds: float
    customers: int
    crash_every_seconds: float
    kill_ms: tuple[int, int] = (150, 450)
    kills_min: int = 0
    payments_min: int = 0


@dataclass(slots=True)
class Arena:
    """A running chaos run."""

    place: Place
    server: LocalPostgres
    simulator: Simulator
    forks: ForkServer
    chance: Chance
    clerk: Clerk
    living: dict[tuple[str, int], int] = field(default_factory=dict)
    stopped: dict[int, float] = field(default_factory=dict)
    patience_seconds: float = 60.0
    crew: Crew = CREW
    counts: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    connection: psycopg.Connection[TupleRow] | None = None

    def asked(self, query: str, parameters: Sequence[object] | None = None) -> list[TupleRow]:
        """Run one statement on the connection of the harness, which a crash of the server ends."""
        if self.connection is None or self.connection.broken or self.connection.closed:
            self.connection = psycopg.connect(
                self.place.database_url, autocommit=True, connect_timeout=10
            )
        cursor = self.connection.execute(cast("LiteralString", query), parameters)
        return cursor.fetchall() if cursor.description else []

    def one(self, query: str) -> Any:
        """Ask for one value."""
        return self.asked(query)[0][0]

    def staff(self, crew: Crew) -> None:
        """Fork every process of a crew that does not live."""
        for gone in self.forks.ended():
            if gone["status"] != 0:
                self.findings.append(f"defect: {gone['name']} ended with {gone['status']}")
            for key, pid in list(self.living.items()):
                if pid == gone["pid"]:
                    del self.living[key]
        for role, slot in crew:
            if (role, slot) not in self.living:
                seed = f"{self.place.seed}-{self.counts['forked']}"
                self.living[role, slot] = self.forks.spawn(role, slot, seed)
                self.counts["forked"] += 1

    def run_once(self, role: str) -> None:
        """Fork one process and wait until it ended well."""
        pid = self.forks.spawn(role, 0, str(self.place.seed))
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            for gone in self.forks.ended():
                if gone["status"] != 0:
                    self.findings.append(f"defect: {gone['name']} ended with {gone['status']}")
                if gone["pid"] == pid:
                    return
            time.sleep(0.05)
        self.findings.append(f"stuck: {role} did not end")

    def keep(self) -> None:
        """Write every table and the server's log beside the logs of the processes."""
        tables = self.place.path("tables")
        tables.mkdir(exist_ok=True)
        names = self.asked("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        assert self.connection is not None
        for (name,) in names:
            text = cast("LiteralString", f"COPY {name} TO STDOUT (FORMAT csv, HEADER)")
            with self.connection.cursor().copy(text) as rows:
                (tables / f"{name}.csv").write_bytes(b"".join(rows))
        shutil.copy(self.server_log, tables)

    @property
    def server_log(self) -> Path:
        """Name the log of PostgreSQL."""
        return self.server.directory.with_name(f"{self.server.directory.name}.log")

    # what goes wrong -------------------------------------------------------------------------

    def hurt_somebody(self) -> None:
        """Kill one, now and then stop another, and now and then lie."""
        self.kill_somebody()
        if self.chance.hits(150):
            self.stop_somebody(writing=False)
        if self.chance.hits(300):
            self.forge()

    def kill_somebody(self) -> None:
        """SIGKILL one process in the middle of whatever it does, and fork its successor."""
        role, slot = self.chance.of(sorted(self.living))
        pid = self.living.pop((role, slot))
        self.stopped.pop(pid, None)
        if self.forks.signal(pid, signal.SIGKILL):
            self.counts["kills"] += 1
            self.counts[f"kills of {role}"] += 1
        self.expire_leases(pid)
        self.staff(self.crew)

    def stop_somebody(self, *, writing: bool) -> None:
        """SIGSTOP one process for longer than its leases last, or one that is about to commit."""
        pid = self.living[self.chance.of(sorted(self.living))]
        if writing:
            found = self.asked(WRITERS)
            if not found:
                return
            pid = int(self.chance.of(found)[0])
        if pid not in self.stopped and self.forks.signal(pid, signal.SIGSTOP):
            self.stopped[pid] = time.monotonic() + self.chance.between(300, 2_500)
            self.counts["stops"] += 1
            self.expire_leases(pid)

    def expire_leases(self, pid: int) -> None:
        """Let the lease of a dead or stopped process run out now, not in half a minute."""
        self.asked(
            """
            UPDATE lease SET expires_at = clock_timestamp()
             WHERE (job, bucket_from) IN (SELECT job, bucket_from FROM lease WHERE holder LIKE %s
                                             FOR UPDATE SKIP LOCKED)""",
            [f"%:{pid}"],
        )  # locked rows are those of a stopped process in the middle of a commit

    def wake_up(self, *, all_of_them: bool = False) -> None:
        """SIGCONT who has been stopped for long enough."""
        for pid, until in list(self.stopped.items()):
            if all_of_them or time.monotonic() >= until:
                self.forks.signal(pid, signal.SIGCONT)
                del self.stopped[pid]

    def crash_server(self) -> None:
        """End PostgreSQL at once, as a power cut would, and start it again."""
        if self.connection is not None:
            self.connection.close()
        self.server.crash()
        time.sleep(self.chance.between(50, 400))
        self.server.restart()
        self.counts["server crashes"] += 1

    def kill_simulator(self) -> None:
        """Kill the provider in the middle of requests; calls fail until it is back."""
        self.simulator.restart()
        self.counts["simulator kills"] += 1

    def forge(self) -> None:
        """Let a provider tell of a charge that is another's: signed well, and a lie."""
        found = self.asked(
            "SELECT id::text, amount_minor, currency FROM attempt WHERE psp_account <> %s"
            " AND state IN ('sent', 'unknown') ORDER BY id DESC LIMIT 1",
            [LIAR],
        )
        for reference, amount, currency in found:
            self.counts["forged events"] += forge_event(
                self.forks.api_port, reference=reference, amount=amount, currency=currency
            )

    # time ------------------------------------------------------------------------------------

    def now(self) -> datetime:
        """Read the virtual clock."""
        found = self.one("SELECT instant FROM environment")
        assert isinstance(found, datetime)
        return found

    def advance(self, step: timedelta) -> None:
        """Move the provider's clock, then ours."""
        now = self.now() + step
        self.simulator.control("clock", {"now": now.isoformat()})
        self.asked("UPDATE environment SET instant = %s WHERE instant < %s", [now, now])

    def backlog(self) -> timedelta:
        """Say how far behind the clock the oldest due work is."""
        behind = self.one(f"""
            SELECT coalesce((SELECT instant FROM environment) - min(due_at), interval '0')
              FROM ({DUE}) AS due""")
        assert isinstance(behind, timedelta)
        return behind

    def counted(self, what: str) -> int:
        """Count the rows of a query."""
        return int(self.one(f"SELECT count(*) FROM ({what}) AS found"))

    # the two phases --------------------------------------------------------------------------

    def storm(self, size: Size) -> None:
        """Let anything fail at any time: the safety phase."""
        self.staff(self.crew)
        began = time.monotonic()
        next_kill = next_crash = began + 1.5
        next_crash += size.crash_every_seconds / 2
        while time.monotonic() - began < size.seconds or not self._enough(size):
            if self.backlog() < BACKLOG_MAX:
                self.advance(self.chance.of(STEPS))
            self.wake_up()
            if time.monotonic() >= next_kill:
                self.hurt_somebody()
                next_kill = time.monotonic() + self.chance.between(*size.kill_ms)
            if time.monotonic() >= next_crash:
                self.clerk.fetch(self.now())
                self.crash_server()
                if self.chance.hits(500):
                    self.kill_simulator()
                next_crash = time.monotonic() + size.crash_every_seconds
            time.sleep(0.03)
        self.counts["seconds"] = int(time.monotonic() - began)

    def hold_up(self, *, weeks: int) -> None:
        """Let weeks of renewals fall due, and stop whoever is about to commit them."""
        for _ in range(weeks):
            self.advance(timedelta(days=7))
            until = time.monotonic() + 3
            while time.monotonic() < until:
                self.stop_somebody(writing=True)
                self.wake_up()
                time.sleep(0.02)

    def _enough(self, size: Size) -> bool:
        payments = self.counted("SELECT FROM payment")
        return self.counts["kills"] >= size.kills_min and payments >= size.payments_min

    def finishing(self) -> bool:
        """Say whether shoppers still ask for what they were not answered."""
        for gone in self.forks.ended():
            if gone["status"] != 0:
                self.findings.append(f"defect: {gone['name']} ended with {gone['status']}")
            self.living = {key: pid for key, pid in self.living.items() if pid != gone["pid"]}
        return any(role == "finish" for role, _ in self.living)

    def wait(self, what: str, holds: Callable[[], bool]) -> bool:
        """Wait until it is so; that it never is, is a finding."""
        deadline = time.monotonic() + self.patience_seconds
        while not holds():
            if time.monotonic() > deadline:
                self.findings.append(f"stuck: not so after {self.patience_seconds} s: {what}")
                return False
            time.sleep(0.05)
        return True


@contextmanager
def arena(
    server: LocalPostgres, folder: Path, *, seed: int, customers: int, plant: Plant | None = None
) -> Iterator[Arena]:
    """Start everything of one run; all of it ends with the block."""
    folder.mkdir(parents=True, exist_ok=True)
    with Simulator(folder, seed=seed, world=write_world(folder)) as simulator:
        database = folder.name.replace("-", "_")
        place = Place(
            folder=str(folder),
            database_url=server.url_of(database),
            psp_url=simulator.url,
            seed=seed,
            customers=customers,
        )
        source = None if plant is None else plant.sow(folder)
        forks = ForkServer(place.write(), source=source)
        running = None
        try:
            running = Arena(
                place=place,
                server=server,
                simulator=simulator,
                forks=forks,
                chance=Chance(f"monkey-{seed}"),
                clerk=Clerk(place, simulator, STARTS),
            )
            running.asked(WATCH)
            running.run_once("prepare")
            assert not running.findings, running.findings
            for provider in PERSONALITIES:
                url = f"http://127.0.0.1:{forks.api_port}/v1/psp/{provider}/events"
                simulator.control("webhooks", {"provider": provider, "url": url})
            try:
                yield running
            except BaseException:
                running.keep()
                raise
        finally:
            forks.close()
            if running is not None and running.connection is not None:
                running.connection.close()
