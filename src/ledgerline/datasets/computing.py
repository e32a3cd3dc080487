"""What computes: expressions and files are given to it, and Arrow comes back."""

from collections.abc import Sequence
from typing import Protocol

import pyarrow as pa
from ibis import Table


class Computing(Protocol):
    """An engine that is open. Equal expressions of equal files give equal rows in each of them."""

    def table(self, files: Sequence[str], schema: pa.Schema) -> Table:
        """Return what Parquet ``files`` hold, by column name; without files a table without rows.

        Raises ``LakeUnusable`` when one of them is no file of ours.
        """
        ...

    def compute(self, expression: Table) -> pa.Table:
        """Compute an expression; raises ``LakeUnusable`` when a file or the disk fails it."""
        ...
