"""``ledgerline demo``: a database, providers and a year of subscribers, proven, then served."""

import asyncio
import os
import shutil
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from ledgerline.base import log
from ledgerline.base.run import DEMO, Run, calm_collector
from ledgerline.catalog.model import Catalog
from ledgerline.catalog.rules.parse import parse
from ledgerline.cli import demo_database, demo_report, output, program, proof, simulator
from ledgerline.cli.clock import follow_until
from ledgerline.cli.demo_checkout import OWNER, open_console, open_page
from ledgerline.cli.demo_database import DemoDatabase
from ledgerline.cli.demo_datasets import publish_datasets
from ledgerline.cli.demo_documents import prove_documents
from ledgerline.cli.demo_mishaps import refund_by_hand, take_late
from ledgerline.cli.demo_models import Learning, compare, stages
from ledgerline.cli.demo_payments import read_story
from ledgerline.cli.demo_portal import open_portal_of
from ledgerline.cli.demo_report import step
from ledgerline.cli.demo_settlement import Payouts
from ledgerline.cli.figures import Figures, read_figures
from ledgerline.cli.migrate import Sandbox
from ledgerline.cli.place import Place, RunningDemo
from ledgerline.cli.program import Paying, Program
from ledgerline.cli.serve import listen
from ledgerline.cli.settings import PORT_MAX, CommandFailed
from ledgerline.cli.simulation import Life, Lived
from ledgerline.cli.simulator import Shop, Simulator
from ledgerline.cli.stories import Teller
from ledgerline.flows.create_api_key import create_api_key
from ledgerline.flows.do_due_work import do_due_work
from ledgerline.flows.load_catalog import load_catalog
from ledgerline.flows.load_routing import load_routing
from ledgerline.flows.put_psp_account import put_psp_account
from ledgerline.payments.contract import Psp
from ledgerline.payments.rules.routing import Policy
from ledgerline.rules.routing_file import parse_routing

app: Final = typer.Typer()

START: Final = datetime(2026, 1, 1, tzinfo=UTC)
POOL_SIZE: Final = 24
BUILDING_POOL_SIZE: Final = 8  # more connections prepare the same statements more often
CALL_DEADLINE_MS: Final = 20_000  # never met: a busy machine must not change an outcome
FREE_BYTES_MIN: Final = 1 << 30
SUBSCRIBERS_MAX: Final = 1_000_000
PRINCIPAL: Final = "demo"
SERVING_LOG_LEVEL: Final = "warning"  # the relay would print a year of events
WEBHOOK_PATH: Final = "/v1/psp/{account}/events"
LAST_CHARGES: Final = timedelta(minutes=1)
"""What is charged at the very end is in the last files too."""


@dataclass(frozen=True, slots=True)
class _Scale:
    """How large a demo is built."""

    subscribers: int
    months: int
    seed: int


@app.command()
def demo(  # noqa: PLR0913 - each is an option of the command line
    context: typer.Context,
    *,
    subscribers: Annotated[int, typer.Option(min=1, max=SUBSCRIBERS_MAX)] = 1_000,
    months: Annotated[int, typer.Option(min=1, max=24)] = 12,
    seed: Annotated[int, typer.Option(min=0, help="Equal seeds, equal figures.")] = 7,
    reset: Annotated[bool, typer.Option("--reset", help="Build anew.")] = False,
    port: Annotated[
        int | None, typer.Option(min=0, max=PORT_MAX, help="Default: LEDGERLINE_PORT, or any.")
    ] = None,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the proof.")] = False,
    as_json: Annotated[bool, output.JSON] = False,
) -> None:
    """Start everything on this machine, with a year of data, and prove it."""
    with_program = program.of(context)
    running = with_program.place.running()
    if running is not None and not no_serve:
        output.say(f"Ledgerline is running already: {running.url}")
        output.say(f"to sign in: ledgerline login-link --person {OWNER}")
        return
    if running is not None:
        raise CommandFailed("a demo runs from here", hint=f"end process {running.pid} first")
    scale = _Scale(subscribers, months, seed)
    _Demo(with_program, scale, as_json=as_json).run(reset=reset, serve=not no_serve, port=port)


@dataclass(frozen=True, slots=True)
class _Demo:
    """One run of the command."""

    program: Program
    scale: _Scale
    as_json: bool

    def run(self, *, reset: bool, serve: bool, port: int | None) -> None:
        """Build where nothing is, then report, then serve."""
        place = self.program.place
        started = time.monotonic()
        place.keep_key()
        if serve and port:
            listen(self.program.settings.host, port).close()  # a year is not built in vain
        free = shutil.disk_usage(place.folder).free
        if free < FREE_BYTES_MIN:
            raise CommandFailed("less than 1 GB of disk is free", hint="another --data-dir")
        with demo_database.opened(place, self.program.named_database()) as database:
            step(f"PostgreSQL {database.version}", started)
            if reset:
                database.drop()
            broken = self._ensure(database)
            if broken:
                output.say("this demo is not finished: an invariant is broken")
                raise typer.Exit(1)
            if serve:
                self._serve(database, port=port)

    def _ensure(self, database: DemoDatabase) -> bool:
        """Build the demo where there is none; say whether an invariant is broken."""
        ours = database.server is not None
        if database.is_built() and (ours or self.program.place.psp_state.exists()):
            output.say("data of an earlier run is here; `ledgerline demo --reset` builds anew")
            database.migrate(database.url)
            return self.as_json and program.wait(self._report(database.url, timings={}))
        place = self.program.place
        shutil.rmtree(place.psp_state_partial, ignore_errors=True)
        shutil.rmtree(place.lake, ignore_errors=True)  # its catalog went with its database
        shutil.rmtree(place.report, ignore_errors=True)
        url = database.begin(Sandbox(START, self.scale.seed))
        with self._simulator(place.psp_state_partial) as psp:
            broken = program.wait(self._build(url, psp))
        if not broken:
            shutil.rmtree(place.psp_state, ignore_errors=True)
            place.psp_state_partial.rename(place.psp_state)
            program.wait(self._finish(url))
            database.finish()
        return broken

    @contextmanager
    def _simulator(self, state: Path) -> Iterator[Simulator]:
        shipped = files("pspsim").joinpath("worlds", "demo.json").read_text("utf-8")
        world = simulator.quick_world(shipped, self.program.place.folder / "psp-world.json")
        with simulator.running(world, seed=self.scale.seed, state=state) as psp:
            yield psp

    async def _finish(self, url: str) -> None:
        async with self.program.connect(url, size=1, name="ledgerline demo") as running:
            await running.run.finish_sandbox(made=DEMO)

    async def _build(self, url: str, psp: Simulator) -> bool:
        catalog, policy = await self._stock(url, psp)
        scale = self.scale
        teller = Teller(seed=scale.seed, catalog=catalog, start=START, months=scale.months)
        drawn = teller.draw(scale.subscribers)
        started = time.monotonic()
        async with (
            self.program.connect_paying(
                url, size=BUILDING_POOL_SIZE, name="ledgerline demo", in_steps=True
            ) as paying,
            simulator.control(psp.control_url) as outside,
        ):
            calm_collector()
            shop, sellers = Shop(outside.session, psp), [one.code for one in catalog.sellers]
            with output.progress(as_json=self.as_json) as tell:
                life = Life(
                    paying=paying,
                    seed=scale.seed,
                    drawn=drawn,
                    outside=outside.move_clock,
                    shop=shop,
                    outages=psp.outages,
                    learning=Learning(paying, policy, sellers, stages(START, teller.end)),
                    progress=lambda tick: tell(demo_report.line_of(tick)),
                )
                lived = await life.live(START, teller.end)
            step(f"{scale.subscribers:,} subscribers lived {scale.months} months", started)
            lived_ms = int((time.monotonic() - started) * 1_000)
            with output.progress(as_json=self.as_json) as tell:
                payouts = Payouts(
                    run=paying.run.at(teller.end).seeded(scale.seed, "settlement"),
                    outside=outside,
                    connectors=self._connectors(psp),
                    start=START,
                    end=teller.end + LAST_CHARGES,
                    seller_code=catalog.sellers[0].code,
                    tell=tell,
                )
                await _reconcile(paying, payouts, shop)
        timings = {
            "simulation_ms": lived_ms,
            "process_cpu_ms": int(time.process_time() * 1_000),
            **{f"{name}_ms": ms for name, ms in lived.milliseconds.items()},
        }
        told = _told(lived)
        return await self._report(url, timings=timings, facts=told, control_url=psp.control_url)

    async def _stock(self, url: str, psp: Simulator) -> tuple[Catalog, Policy]:
        """Load what is sold, who charges for it, and by which rules."""
        started = time.monotonic()
        async with self.program.connect(url, size=2, name="ledgerline demo") as first:
            run = first.run.at(START)
            text = files("ledgerline.catalog").joinpath("music.yaml").read_text("utf-8")
            catalog = parse(text)
            await load_catalog(run, catalog)
            await self._register(run, psp)
            rules = files("ledgerline.cli").joinpath("demo_routing.yaml").read_text("utf-8")
            policy = parse_routing(rules).policy
            await load_routing(run, policy)
        step(f"catalog, {len(psp.accounts)} providers, {len(policy.rules)} routing rules", started)
        return catalog, policy

    def _connectors(self, psp: Simulator) -> dict[str, Psp]:
        return {code: self.program.connector(psp.connector(code)) for code in sorted(psp.accounts)}

    async def _report(
        self,
        url: str,
        *,
        timings: dict[str, int],
        facts: dict[str, Any] | None = None,
        control_url: str | None = None,
    ) -> bool:
        """Prove the invariants and print the figures; say whether one is broken."""
        async with self.program.connect(url, size=2, name="ledgerline demo") as running:
            with output.progress(as_json=self.as_json) as tell:
                await prove_documents(running.run, self.program, tell)
                started = time.monotonic()
                proven = await proof.prove(running.run, control_url=control_url, tell=tell)
            step(proven.sentence, started, good=not proven.is_broken)
            with output.progress(as_json=self.as_json) as tell:
                await publish_datasets(running.run, self.program.place, url, tell)
            figures = await read_figures(running.run)
            story = await read_story(running.run)
            learned = await compare(running.run)
            environment = await running.run.environment()
        timings["proof_ms"] = int((time.monotonic() - started) * 1_000)
        if self.as_json:
            output.print_json(
                {
                    "seed": environment.seed, "clock": environment.instant, **(facts or {}),
                    **figures._asdict(), "trial_balance": _balances(figures),
                    **demo_report.plain(story),
                    "learned": demo_report.plain_learned(learned),
                    "invariants": proven.as_json(), "timings": timings,
                }
            )  # fmt: skip
        else:
            demo_report.print_summary(figures)
            demo_report.print_story(story)
            demo_report.print_learned(learned)
            proof.print_problems(proven)
        return proven.is_broken

    # serving -----------------------------------------------------------------------------------

    def _serve(self, database: DemoDatabase, *, port: int | None) -> None:
        place = self.program.place
        with _listen(self.program, port) as listening, self._simulator(place.psp_state) as psp:
            try:
                program.wait(self._serve_until_stopped(database.url, psp, listening))
            finally:
                place.forget_running()

    async def _register(self, run: Run, psp: Simulator) -> None:
        for code, connector in self._connectors(psp).items():
            new = psp.merchant_account(code, call_deadline_ms=CALL_DEADLINE_MS)
            await put_psp_account(run, connector, new)

    async def _serve_until_stopped(
        self, database_url: str, psp: Simulator, listening: socket.socket
    ) -> None:
        stop = program.stopping()
        log.configure(json=self.program.settings.log_json, level=SERVING_LOG_LEVEL)
        host, port = listening.getsockname()[:2]
        url = f"http://{host}:{port}"
        async with self.program.connect(database_url, size=1, name="ledgerline demo") as first:
            await self._register(first.run, psp)
            key = await create_api_key(first.run, principal=PRINCIPAL, live=False)
            environment = await first.run.environment()
        async with (
            self.program.connect_paying(
                database_url, size=POOL_SIZE, name="ledgerline demo"
            ) as paying,
            simulator.control(psp.control_url) as outside,
        ):
            for account in psp.accounts:
                await outside.send_webhooks(account, url + WEBHOOK_PATH.format(account=account))
            assert environment.instant is not None
            await outside.move_clock(environment.instant)
            _note_running(self.program, database_url, psp, url)
            _welcome(url, key, environment.instant, environment.seed)
            output.say(f"Sign in (once, 10 min) {url}{await open_console(paying)}")
            output.say(f"Buy something          {url}{await open_page(paying)}")
            if (portal := await open_portal_of(paying.run)) is not None:
                output.say(f"A portal, once         {url}{portal}")
            output.say(f"Mails to customers     {url}/mail")
            _say_report(self.program.place)
            working = asyncio.create_task(self.program.work(paying, jobs=(), stop=stop))
            following = asyncio.create_task(follow_until(paying, outside, stop))
            await self.program.serve(paying, listening=listening, stop=stop)
            stop.set()
            await asyncio.gather(working, following)


def _told(lived: Lived) -> dict[str, dict[str, int]]:
    return {
        "purchases": dict(sorted(lived.purchases.items())),
        "acts": dict(sorted(lived.acts.items())),
        "refused": dict(sorted(lived.refused.items())),
    }


async def _reconcile(paying: Paying, payouts: Payouts, shop: Shop) -> None:
    """Import every settlement file, with mishaps before the last ones, and do what they ask for."""
    await payouts.reconcile_closed()
    await refund_by_hand(payouts.run, shop)
    await take_late(payouts.run, shop)
    await payouts.reconcile_last()
    await do_due_work(payouts.run, paying.psps, side_by_side=False)


def _note_running(here: Program, database_url: str, psp: Simulator, url: str) -> None:
    here.place.note_running(RunningDemo(os.getpid(), database_url, psp.control_url, url))


def _balances(figures: Figures) -> list[dict[str, Any]]:
    return [row._asdict() for row in figures.trial_balance]


def _listen(of: Program, port: int | None) -> socket.socket:
    """Bind the port that is asked for; where none is, the usual one or any that is free."""
    settings = of.settings
    if port is not None:
        return listen(settings.host, port)
    try:
        return listen(settings.host, settings.port)
    except CommandFailed:
        output.say(f"port {settings.port} is taken; another one is used")
        return listen(settings.host, 0)


def _welcome(url: str, key: str, clock: datetime, seed: int) -> None:
    output.say(
        f"""
Ledgerline is running  {url}      sandbox · clock {clock.date()} · seed {seed}
API key                {key}
Try   curl -H "Authorization: Bearer {key}" "{url}/v1/customers?limit=3"
      ledgerline clock advance "1 month"
Ctrl-C stops everything. Data stays; `ledgerline demo --reset` builds anew."""
    )


def _say_report(place: Place) -> None:
    """Say where the pages of the data sets are; they need no server."""
    first = place.report / "index.html"
    if first.is_file():
        output.say(f"Data sets              {first.resolve().as_uri()}")
