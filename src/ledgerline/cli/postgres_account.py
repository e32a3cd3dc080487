"""Who a local PostgreSQL runs as, and where that account can keep its files.

PostgreSQL refuses to run as root, so root hands the server to an account without privileges. That
account may not be able to enter root's directories; then its files get a place where it can.
"""

import hashlib
import os
import pwd
import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

from ledgerline.cli import end_with_parent

_CANDIDATES: Final = ("postgres", "nobody")
_OUTSIDE: Final = Path("/var/tmp")  # noqa: S108 - owner and kind are checked before use


class NoAccount(Exception):
    """We are root and there is no account to hand the server to."""


class DirectoryNotOurs(Exception):
    """The place for the server's files exists and belongs to somebody else."""


class Account(NamedTuple):
    """The account the server runs as; ``uid`` and ``gid`` are None when it is our own."""

    name: str
    uid: int | None
    gid: int | None

    def start(self, *command: str | Path, log: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a program as this account, with a clean environment, its words in ``log``.

        Clean, because PostgreSQL reads ``PG*`` variables; in a process group of its own, because
        Ctrl-C is for us: we drain first and stop the server last.
        """
        uid, gid = ("", "") if self.uid is None else (str(self.uid), str(self.gid))
        launcher = [sys.executable, "-I", "-S", end_with_parent.__file__, str(os.getpid())]
        with (log or Path(os.devnull)).open("ab") as output:
            return subprocess.Popen(  # noqa: S603 - a program of the installation we chose
                [*launcher, uid, gid, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd="/",
                env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
                process_group=0,
            )

    def reaches(self, path: Path) -> bool:
        """Say whether this account can enter the directory, or run the program, at ``path``."""
        return self.uid is None or self.start("/bin/sh", "-c", '[ -x "$0" ]', path).wait() == 0

    def own(self, path: Path) -> None:
        """Give a file or an empty directory to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def home(self, wanted: Path) -> Path:
        """Make ``wanted``, or its stand-in where this account can go, and return it."""
        wanted.mkdir(parents=True, exist_ok=True)
        if self.reaches(wanted):
            return wanted
        key = hashlib.sha256(os.fsencode(wanted.resolve())).hexdigest()[:12]
        stand_in = _OUTSIDE / f"ledgerline-{key}"
        stand_in.mkdir(mode=0o711, exist_ok=True)
        if stand_in.is_symlink() or stand_in.stat().st_uid != os.geteuid():
            raise DirectoryNotOurs(f"{stand_in} belongs to somebody else; remove it")
        return stand_in


def unprivileged() -> Account:
    """Choose who runs the server: ourselves, or as root the first candidate that exists."""
    if os.geteuid() != 0:
        return Account(pwd.getpwuid(os.geteuid()).pw_name, None, None)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _CANDIDATES:
        if name in known:
            return Account(name, known[name].pw_uid, known[name].pw_gid)
    raise NoAccount(f"PostgreSQL does not run as root, and none of {_CANDIDATES} exists")
