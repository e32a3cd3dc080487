"""What a node of a plan searches: an index by its first column, or all of something."""

from collections.abc import Mapping
from typing import Any, Final

FIRST_COLUMNS: Final = """
    SELECT x.relname, pg_get_indexdef(i.indexrelid, 1, true)
      FROM pg_index AS i
      JOIN pg_class AS x ON x.oid = i.indexrelid
     WHERE x.relnamespace = 'public'::regnamespace"""
"""The first column, or expression, of each index."""

_SCANS: Final = frozenset({"Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Index Scan"})


def reads_all(node: Mapping[str, Any], first: Mapping[str, str]) -> bool:
    """Say whether a node goes through a whole table or index.

    A condition that says nothing of the first column of an index reads all of it.
    """
    if node["Node Type"] not in _SCANS:
        return False
    begins = _bare(first.get(node.get("Index Name", ""), ""))
    return not begins or begins not in _bare(node.get("Index Cond", ""))


def _bare(expression: str) -> str:
    """Leave out what PostgreSQL puts around an expression in one place and not in another."""
    return expression.replace("(", "").replace(")", "")
