"""The lines of charges in a release, with what fees may go by."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ledgerline.datasets.lake import Lake
from ledgerline.datasets.reading import reading
from ledgerline.ml.fees.lines import Cluster, FeeLine, MixedCurrencies
from ledgerline.releases.rows import ReleaseRow

REGIONS: Final = ("domestic", "abroad")
WHO: Final = ("payer", "machine", "again")
"""The word of a segment that says who tries: behind the brand, before the funding."""
_READ: Final = """
    SELECT c.leg_id, c.seller_code, c.psp_account, c.settled_on, d.segment,
           c.currency AS charged_in,
           coalesce(x.currency, c.currency) AS currency,
           coalesce(x.amount_minor, c.amount_minor) AS amount_minor,
           f.currency AS fee_currency, -f.amount_minor AS fee_minor
      FROM cash_leg AS c
      JOIN cash_leg AS f ON f.leg_id = c.leg_id AND f.side = 'theirs' AND f.leg = 'fee'
      LEFT JOIN cash_leg AS x
        ON x.leg_id = c.leg_id AND x.side = 'theirs' AND x.leg = 'fx_bought'
      LEFT JOIN routing_decision_log AS d ON d.attempt_id = c.subject_id AND d.is_chosen
     WHERE c.side = 'theirs' AND c.leg = 'capture' AND c.amount_minor > 0
       AND NOT EXISTS (SELECT 1 FROM cash_leg AS b WHERE b.leg_id = c.leg_id || ':back') {more}
     ORDER BY c.settled_on, c.file_id, CAST(split_part(c.leg_id, ':', 2) AS BIGINT)"""

_AT_ACCOUNTS: Final = """
       AND c.psp_account IN (SELECT psp_account FROM cash_leg WHERE seller_code = '{seller}')"""


def read_lines(lake: Lake, released: ReleaseRow, *, seller: str | None = None) -> list[FeeLine]:
    """Read the lines of charges of files that stand, in the order in which they were settled.

    Of a seller those of all accounts that it sells by, whoever sold: what is taken goes by the
    account, and by what all of it charged in a month. Raises ``LakeUnusable``, and
    ``MixedCurrencies`` where a line does not say what its charge was exchanged to.
    """
    with reading(lake, released, filled=True) as engine:
        return of_rows(engine.sql(query_of(seller)).to_pylist())


def query_of(seller: str | None) -> str:
    """Return the question about lines, over ``cash_leg`` and ``routing_decision_log``."""
    more = ""
    if seller is not None:
        more = _AT_ACCOUNTS.format(seller=seller.replace("'", "''"))
    return _READ.format(more=more)


def of_rows(rows: Iterable[Mapping[str, Any]]) -> list[FeeLine]:
    """Return rows of a release as lines; raises ``MixedCurrencies``."""
    return [_line(row) for row in rows]


def _line(row: Mapping[str, Any]) -> FeeLine:
    if row["fee_currency"] != row["currency"]:
        raise MixedCurrencies(
            f"the line {row['leg_id']} has a fee in {row['fee_currency']}, and says nothing of"
            f" what {row['currency']} were exchanged to"
        )
    region, brand, funding = told_of(row["segment"])
    cluster = Cluster(
        account=row["psp_account"],
        currency=row["currency"],
        charged_in=row["charged_in"],
        region=region,
        funding=funding,
        brand=brand,
    )
    return FeeLine(
        line=row["leg_id"],
        cluster=cluster,
        settled_on=row["settled_on"],
        amount_minor=row["amount_minor"],
        fee_minor=row["fee_minor"],
        seller=row["seller_code"],
    )


def told_of(segment: str | None) -> tuple[str, str, str]:
    """Return region, brand and funding that a segment of a charge names; the unknown is ``""``."""
    words = (segment or "").split(" ")
    region = words.pop(0) if words[0] in REGIONS else ""
    at = next((no for no, word in enumerate(words) if word in WHO), None)
    if at is None:
        return region, " ".join(words), ""
    return region, " ".join(words[:at]), " ".join(words[at + 1 :])
