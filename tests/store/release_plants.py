"""What a defect would have to do to break what is kept of data sets."""

from collections.abc import Mapping
from typing import Final

_INTERVALS: Final = """
    INSERT INTO dataset_interval (no, epoch, since, until, read_at, extracts)
    VALUES (1, '7/1', NULL, 9, now(), '{}'), (2, '7/1', 9, 12, now(), '{}')"""
_RELEASES: Final = """
    INSERT INTO dataset_release (no, interval_no, business_day, code_version, engine, tables,
                                 checks, reason, actor, restated, made_at)
    SELECT n, 2, '2026-07-02', 'c0de', 'duckdb', '{}', '[]', 'new intervals', 'system', '{}', now()
      FROM generate_series(1, 2) AS n"""
_BOTH: Final = (_INTERVALS, _RELEASES)
_CLOSE: Final = "INSERT INTO dataset_close (month, no, release_no, actor, closed_at) VALUES"
_RETIRE: Final = "INSERT INTO dataset_retired_release (release_no, retired_at) VALUES"
RELEASE_PLANTS: Final[Mapping[str, tuple[str, ...]]] = {
    "I-180": (*_BOTH, f"{_CLOSE} ('2026-06-01', 1, 1, 'me', now())", f"{_RETIRE} (1, now())"),
    "I-180 current": (*_BOTH, f"{_RETIRE} (2, now())"),
    "I-181": (_INTERVALS.replace("9, 12", "10, 12"),),
    "I-181 other epoch": (_INTERVALS.replace("(2, '7/1'", "(2, '7/2'"),),
    "I-182": (*_BOTH, f"{_CLOSE} ('2026-06-01', 2, 1, 'me', now())"),
    "I-182 gap": (
        *_BOTH,
        f"{_CLOSE} ('2026-04-01', 1, 1, 'me', now()), ('2026-06-01', 1, 1, 'me', now())",
    ),
    "I-183": (
        *_BOTH,
        "INSERT INTO dataset_retired_interval (interval_no, retired_at) VALUES (1, now())",
    ),
    "I-206": (_INTERVALS, _RELEASES.replace("'{}', '[]'", "'{\"tax_return\": 7}', '[]'")),
    "I-206 version": (
        _INTERVALS,
        _RELEASES.replace(
            "'{}', '[]'",
            """'{"tax_return": {"table": "data_sets.tax_return", "snapshot": 7}}', '[]'""",
        ),
    ),
    "I-184": (*_BOTH, f"{_CLOSE} ('2026-07-01', 1, 1, 'me', now())"),
}
