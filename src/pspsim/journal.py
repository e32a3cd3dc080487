"""The append-only file behind the books: one JSON object a line, written before the answer."""

import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from pspsim.records import Entry, Line, Opened, encode

FILE_NAME: Final = "journal.ndjson"
_decoder: Final[msgspec.json.Decoder[Line]] = msgspec.json.Decoder(Line)


class JournalRefused(Exception):
    """Refuse a state directory that is in use, damaged, or of another world or seed."""


class Journal:
    """Own the file of one state directory.

    Every line reaches the operating system before its answer leaves the process, so a killed
    process loses nothing it said. A crash of the machine may lose the last moments; a simulator
    does not pay for a flush to disk.
    """

    __slots__ = ("_descriptor", "_path")

    def __init__(self, folder: Path) -> None:
        """Open the journal in ``folder`` for this process alone; raises ``JournalRefused``."""
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / FILE_NAME
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._descriptor)
            raise JournalRefused(f"{folder} is used by another simulator") from error

    def replay(self, opened: Opened) -> Iterator[Entry]:
        """Yield every entry on file, after checking that the file was begun by ``opened``.

        Cuts off a last line without an end: its write did not finish, so nobody was answered.
        """
        end = 0
        first = True
        with self._path.open("rb") as file:
            for number, raw in enumerate(file, 1):
                if not raw.endswith(b"\n"):
                    break
                line = self._read(number, raw)
                end += len(raw)
                if first != isinstance(line, Opened) or (first and line != opened):
                    raise JournalRefused(f"{self._path} belongs to another world or seed")
                first = False
                if not isinstance(line, Opened):
                    yield line
        os.ftruncate(self._descriptor, end)
        if first:
            self._write(encode(opened))

    def append(self, entry: Entry) -> None:
        """Write one entry; it survives the end of the process once this returns."""
        self._write(encode(entry))

    def close(self) -> None:
        """Release the file."""
        os.close(self._descriptor)

    def _write(self, raw: bytes) -> None:
        line = raw + b"\n"
        written = os.write(self._descriptor, line)
        assert written == len(line), "the disk is full"

    def _read(self, number: int, raw: bytes) -> Line:
        try:
            return _decoder.decode(raw)
        except msgspec.DecodeError as error:
            raise JournalRefused(f"{self._path}, line {number}: {error}") from error
