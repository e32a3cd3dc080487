"""Checking survives what a file does to a process, and no process is kept too long."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

from ledgerline.base.errors import Unavailable
from ledgerline.documents.einvoice.refusals import EinvoiceNotInstalled, EinvoiceUnreadable
from ledgerline.jobs.validation import LIMITS, Limits, Validation
from tests.unit.jobs.checks import GROWN_BYTES, Absent, Lame, Obedient, Stillborn

FINE: Final = b"fine"


def _open(*, workers: int = 1, limits: Limits = LIMITS) -> Validation:
    return Validation(workers=workers, limits=limits, make=Obedient)


def _process(validation: Validation, raw: bytes = FINE) -> int:
    return int(validation.validate(raw).profile)


def _reason(validation: Validation, raw: bytes) -> object:
    with pytest.raises(EinvoiceUnreadable) as refused:
        validation.validate(raw)
    return refused.value.facts["reason"]


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_nothing_starts_before_the_first_file_and_nothing_is_left_after() -> None:
    with _open() as validation:
        assert validation.started == 0
        first = _process(validation)
        assert first != os.getpid()
        assert [_process(validation) for _ in range(3)] == [first] * 3
        assert validation.started == 1
    assert not _lives(first)


def test_a_segmentation_fault_is_tried_once_more_and_given_up() -> None:
    with _open() as validation:
        first = _process(validation)
        assert _reason(validation, b"fault") == "crashed"
        assert validation.started == 2  # the one it ended first, and another; no third
        later = _process(validation)
        assert later != first
        assert not _lives(first)


def test_a_file_that_ended_one_process_by_chance_is_checked_by_the_next(tmp_path: Path) -> None:
    with _open() as validation:
        assert _process(validation, f"die {tmp_path / 'died'}".encode()) > 0
        assert validation.started == 2


def test_a_process_that_died_while_idle_is_replaced_unseen() -> None:
    with _open() as validation:
        first = _process(validation)
        os.kill(first, signal.SIGKILL)
        assert _process(validation) != first


def test_a_defect_ends_the_process_that_had_it() -> None:
    with _open() as validation:
        assert _reason(validation, b"fail so") == "crashed"
        assert validation.started == 2


def test_a_file_that_takes_too_long_is_stopped_and_not_tried_again() -> None:
    with _open(limits=LIMITS._replace(deadline_seconds=1.0)) as validation:
        first = _process(validation)
        assert _reason(validation, b"hang") == "deadline"
        assert validation.started == 1
        assert not _lives(first)


def test_a_refusal_keeps_the_process() -> None:
    with _open() as validation:
        first = _process(validation)
        assert _reason(validation, b"refuse") == "not_xml"
        assert _process(validation) == first


def test_a_process_is_replaced_after_so_many_files() -> None:
    with _open(limits=LIMITS._replace(documents=2)) as validation:
        processes = [_process(validation) for _ in range(3)]
        assert processes[0] == processes[1] != processes[2]
        assert not _lives(processes[0])
        assert validation.started == 2


def test_a_process_that_has_grown_is_replaced() -> None:
    with _open(limits=LIMITS._replace(resident_bytes=3 * GROWN_BYTES)) as validation:
        first = _process(validation)
        for _ in range(3):
            assert _process(validation, b"grow") == first
        assert not _lives(first)
        assert validation.started == 1


def test_a_library_that_is_missing_is_said_with_the_command_that_installs_it() -> None:
    with Validation(make=Absent) as validation, pytest.raises(EinvoiceNotInstalled) as refused:
        validation.validate(FINE)
    assert "pip install 'ledgerline[einvoice]'" in str(refused.value)


def test_what_does_not_start_is_unavailable() -> None:
    with Validation(make=Stillborn) as validation, pytest.raises(Unavailable):
        validation.validate(FINE)
    limits = LIMITS._replace(start_seconds=0.5)
    with Validation(make=Lame, limits=limits) as validation, pytest.raises(Unavailable):
        validation.validate(FINE)


def test_threads_share_the_processes() -> None:
    with _open(workers=2) as validation, ThreadPoolExecutor(4) as threads:
        found = set(threads.map(lambda _: _process(validation), range(40)))
        assert 1 <= len(found) <= 2
        assert validation.started == len(found)


def test_it_can_be_opened_again_after_it_was_closed() -> None:
    validation = _open()
    first = _process(validation)
    validation.close()
    assert not _lives(first)
    assert _process(validation) != first
    validation.close()
