"""Stand-ins for the published rules, which end, hang, grow or fail as a file says."""

import ctypes
import os
import time
from pathlib import Path
from typing import Final

from typing_extensions import override

from ledgerline.documents.einvoice.extra import load
from ledgerline.documents.einvoice.reading import Unread, unreadable
from ledgerline.documents.einvoice.verdict import Verdict

GROWN_BYTES: Final = 64 * 1024 * 1024


class Obedient:
    """Does what a file says; ``profile`` of its verdict tells which process it is."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []

    def warm(self) -> None:
        """Have nothing to read."""

    def validate(self, raw: bytes) -> Verdict:
        """Do what ``raw`` says."""
        word, _, rest = raw.decode().partition(" ")
        match word:
            case "die" if not rest or not Path(rest).exists():
                Path(rest or os.devnull).touch()
                os._exit(9)
            case "fault":
                ctypes.string_at(0)
            case "hang":
                time.sleep(60)
            case "fail":
                raise RuntimeError(rest)
            case "grow":
                self._kept.append(b"x" * GROWN_BYTES)
            case "refuse":
                raise unreadable(Unread.NOT_XML)
            case _:
                pass
        return Verdict(syntax="", profile=str(os.getpid()), rules="", schema=(), findings=())


class Absent(Obedient):
    """Finds a library of the extra missing."""

    @override
    def warm(self) -> None:
        """Look for what nobody has."""
        load("ledgerline_absent")


class Stillborn(Obedient):
    """Dies before it is ready."""

    @override
    def warm(self) -> None:
        """Die."""
        os._exit(9)


class Lame(Obedient):
    """Is never ready."""

    @override
    def warm(self) -> None:
        """Wait for nothing."""
        time.sleep(60)
