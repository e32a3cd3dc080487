"""The import contracts hold, and each of them catches what it is there for.

A contract that never fails may as well not exist, so one forbidden line at a time is planted in a
copy of the sources. The imported module is made first: an import of a module that does not exist
would be counted as one of its parent and pass unseen.
"""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.architecture.modules import ROOT, SOURCE

LINT: Final = Path(sys.executable).with_name("lint-imports")
SECONDS_MAX: Final = 300


class Plant(NamedTuple):
    """A line in ``module`` that contract ``id`` must refuse; ``says`` is part of its message."""

    id: str
    module: str
    line: str
    says: str

    @property
    def case(self) -> str:
        """What is planted where, in one line."""
        late = "late " if self.line.startswith("def ") else ""
        return f"{self.id}: {self.module}: {late}{self.line.split()[-1]}"


def imports(id: str, importer: str, imported: str) -> Plant:
    """Plant an import at the top of a module."""
    return Plant(id, importer, f"import {_full(imported)}", f"{_full(importer)} -> ")


def imports_late(id: str, importer: str, imported: str) -> Plant:
    """Plant an import inside a function."""
    line = f"def planted() -> None:\n    import {_full(imported)}"
    return Plant(id, importer, line, f"{_full(importer)} -> ")


def closes(package: str, importer: str, imported: str) -> Plant:
    """Plant the import that closes a circle inside a package."""
    line = f"import {_full(imported)}"
    return Plant("acyclic", importer, line, f"No cycles are allowed in {package}.")


def exists(id: str, module: str, says: str) -> Plant:
    """Plant a module that has no place."""
    return Plant(id, module, "PLANTED = True", says)


def _full(module: str) -> str:
    inside = module.partition(".")[0] not in {"pspsim", *sys.stdlib_module_names}
    return f"ledgerline.{module}" if inside else module


PLANTS: Final = (
    imports("direction", "pricing.model", "subscriptions.model"),
    imports("direction", "subscriptions.rules.renewal", "invoicing.model"),
    imports_late("direction", "subscriptions.rules.renewal", "invoicing.model"),
    imports("direction", "ledger.model", "flows.settle_attempt"),
    imports("direction", "ledger.model", "customers.model"),
    imports("direction", "access.model", "customers.model"),
    imports("direction", "access.model", "outbox.rows"),
    imports("direction", "outbox.rows", "access.model"),
    imports("direction", "receipts.model", "entitlements.model"),
    imports("direction", "receipts.model", "documents.receipt"),
    imports("direction", "rules.planted", "documents.receipt"),
    imports_late("direction", "rules.planted", "documents.receipt"),
    imports("direction", "entitlements.model", "rules.planted"),
    imports("direction", "access.model", "pricing.model"),
    imports("direction", "storefront.pages", "api.errors"),
    imports("direction", "console.pages", "storefront.pages"),
    imports("direction", "flows.settle_attempt", "api.errors"),
    imports("direction", "flows.settle_attempt", "jobs.store"),
    imports("direction", "datasets.planted", "ml.planted"),
    imports("direction", "ml.planted", "flows.settle_attempt"),
    imports("direction", "base.money", "catalog.model"),
    exists("direction", "loyalty.model", "loyalty"),
    exists("direction", "__main__", "__main__"),
    imports("direction", "cli.program", "composition"),
    imports("direction", "composition", "serving"),
    imports("context", "payments.rules.retry", "payments.store"),
    imports("context", "payments.rules.retry", "payments.views"),
    imports("context", "payments.model", "payments.rules.retry"),
    imports("context", "payments.rows.refunds", "payments.rules.retry"),
    imports("context", "pricing.rows", "pricing.rules.price"),
    imports("context", "payments.model", "payments.rows.refunds"),
    imports("context", "payments.store", "payments.adapters.gateway"),
    imports("context", "pricing.tax.rates", "pricing.rules.price"),
    imports("context", "access.rules.global_key", "access.store"),
    exists("context", "payments.helpers", "ledgerline.payments.helpers"),
    imports("base", "base.money", "base.db"),
    exists("base", "base.utils", "ledgerline.base.utils"),
    imports("pure", "payments.rules.retry", "random"),
    imports("pure", "payments.model", "time"),
    imports("pure", "payments.rules.retry", "base.db"),
    imports("pure", "subscriptions.rules.renewal", "payments.store"),
    imports("pure", "rules.planted", "subscriptions.store"),
    imports("pure", "rules.planted", "base.db"),
    imports("pure", "payments.rows.refunds", "base.db"),
    imports("pure", "documents.receipt", "receipts.store"),
    imports("pure", "documents.receipt", "asyncio"),
    imports("pure", "base.ids", "secrets"),
    imports("pure", "pricing.tax.rates", "base.http"),
    imports("sql_only", "payments.store", "base.run"),
    imports("sql_only", "payments.views", "time"),
    imports("stores", "api.errors", "payments.store"),
    imports("stores", "cli.customer", "payments.erasing"),
    imports("stores", "console.pages", "payments.store"),
    imports("stores", "datasets.planted", "payments.store"),
    imports("stores", "jobs.worker", "outbox.store"),
    imports("stores", "api.keys", "access.store"),
    imports("stores", "receipts.store", "invoicing.store"),
    imports("views", "receipts.store", "invoicing.views"),
    imports("views", "flows.settle_attempt", "payments.views"),
    imports("views", "flows.create_api_key", "access.views"),
    imports("adapters", "flows.settle_attempt", "payments.adapters.sandbox.connector"),
    imports("adapters", "main", "payments.adapters.gateway"),
    imports("adapters", "cli.psp", "payments.adapters.sandbox.connector"),
    imports("light", "jobs.planted", "flows.export_interval"),
    imports("light", "api.planted", "datasets.engine"),
    imports("unlearned", "payments.rules.routing", "ml.score.routing.router"),
    imports("unlearned", "flows.settle_attempt", "ml.score.routing.router"),
    imports("serving", "ml.score.routing.router", "random"),
    imports("serving", "ml.score.routing.state", "time"),
    closes("ledgerline.flows", "flows.claim_key", "flows.start_purchase"),
    closes("ledgerline.catalog.rules", "catalog.rules.nodes", "catalog.rules.parse"),
    imports("witness", "payments.adapters.sandbox.wire", "pspsim.http_wire"),
    imports("witness", "pspsim.http_wire", "payments.model"),
)


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the sources and the contracts."""
    folder = tmp_path_factory.mktemp("contracts")
    only_code = shutil.ignore_patterns("__pycache__", "*.ttf", "*.sql", "*.json", "*.yaml")
    shutil.copytree(SOURCE, folder / "src", ignore=only_code)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


def lint(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the contracts over the copy, which comes before the installed sources."""
    return subprocess.run(
        [LINT, "--config", "../pyproject.toml", "--no-logo", *arguments],
        cwd=copy / "src",
        env={"PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
    )


@contextmanager
def planted(copy: Path, plant: Plant) -> Iterator[None]:
    """Add the line, and every module it needs; take all of it away afterwards."""
    changed: dict[Path, bytes | None] = {}
    imported = plant.line.rpartition("import ")[2]
    for module in (_full(plant.module), imported):
        if module.partition(".")[0] in {"ledgerline", "pspsim"}:
            for path in _files_of(copy / "src", module):
                changed[path] = path.read_bytes() if path.exists() else None
                path.parent.mkdir(parents=True, exist_ok=True)
                path.touch()
    with _file(copy / "src", _full(plant.module)).open("a") as file:
        file.write(f"\n{plant.line}\n")
    try:
        yield
    finally:
        for path, content in changed.items():
            if content is None:
                path.unlink()
            else:
                path.write_bytes(content)


def _file(source: Path, module: str) -> Path:
    path = source.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _files_of(source: Path, module: str) -> list[Path]:
    parents = [source.joinpath(*module.split(".")[:n]) for n in range(1, module.count(".") + 1)]
    return [*(parent / "__init__.py" for parent in parents), _file(source, module)]


def test_the_unplanted_copy_keeps_every_contract(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout
    assert " 0 broken." in result.stdout


def test_rules_of_several_contexts_may_import_rows_models_and_rules_below(copy: Path) -> None:
    allowed = (
        "subscriptions.rows", "invoicing.model", "invoicing.rows", "entitlements.rows",
        "catalog.rows", "pricing.rules.price", "pricing.tax.rates",
    )  # fmt: skip
    with ExitStack() as plants:
        for module in allowed:
            plants.enter_context(planted(copy, imports("direction", "rules.planted", module)))
        result = lint(copy)
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("plant", PLANTS, ids=lambda plant: plant.case)
def test_planted_line_is_refused(plant: Plant, copy: Path) -> None:
    with planted(copy, plant):
        result = lint(copy, "--contract", plant.id)
    assert result.returncode == 1, result.stdout + result.stderr
    assert " BROKEN" in result.stdout, result.stdout + result.stderr
    assert plant.says in result.stdout, result.stdout


def test_the_copy_is_whole_again_after_the_plants(copy: Path) -> None:
    result = lint(copy)
    assert result.returncode == 0, result.stdout
