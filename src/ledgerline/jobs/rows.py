"""Row types of the jobs tables: their fields are columns, in name and order."""

from typing import NamedTuple


class RangeRow(NamedTuple):
    """A bucket range [from, to) of a job."""

    bucket_from: int
    bucket_to: int
