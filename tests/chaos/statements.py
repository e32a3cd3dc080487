"""Settlement statements of every provider, in the form that it gives them, kept as files.

A span is asked for once it is over, so that the same question has the same answer. What is kept is
imported by a process that may be killed as any other.
"""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.parse import urlencode

from tests.chaos.children import Simulator
from tests.chaos.personalities import MERCHANT, PERSONALITIES, asked
from tests.chaos.place import STARTS, Place

FOLDER: Final = "statements"
CURRENCIES: Final = ("EUR", "USD", "JPY")
_PAGE: Final = 100
_DAY: Final = timedelta(days=1)


@dataclass(slots=True)
class Clerk:
    """Fetches statements; ``unpaid`` is what files left at a provider, by account and currency."""

    place: Place
    simulator: Simulator
    since: datetime
    number: int = 0
    unpaid: Counter[tuple[str, str]] = field(default_factory=Counter)

    def fetch(self, until: datetime) -> None:
        """Ask every provider for what settled since the last time, whole days of UTC."""
        end = datetime.combine(until.date(), time.min, tzinfo=UTC)
        if end <= self.since:
            return
        forms: dict[str, Callable[[str, datetime], Iterator[bytes]]] = {
            "native": self._native, "stripe": self._stripe, "adyen": self._adyen,
        }  # fmt: skip
        for account, one in PERSONALITIES.items():
            for raw in forms[one.dialect](account, end):
                self._keep(account, raw)
        self.since = end

    def _keep(self, account: str, raw: bytes) -> None:
        folder = self.place.path(FOLDER)
        folder.mkdir(exist_ok=True)
        self.number += 1
        part = folder / f"{self.number:05}-{account}.part"
        part.write_bytes(raw)
        part.rename(part.with_suffix(".file"))

    def _native(self, account: str, end: datetime) -> Iterator[bytes]:
        """Ask for a CSV a currency; one with costs alone is not made."""
        for currency in CURRENCIES:
            span = {"from": self.since.isoformat(), "to": end.isoformat()}
            question: dict[str, object] = {"provider": account, "currency": currency, **span}
            raw = self.simulator.control("statement", question)
            rows = list(csv.DictReader(io.StringIO(raw.decode())))
            if any(row["kind"] in {"charge", "refund"} for row in rows):
                if not any(row["kind"] == "payout" for row in rows):
                    self.unpaid[account, currency] += int(rows[-1]["net"])
                yield raw

    def _stripe(self, account: str, end: datetime) -> Iterator[bytes]:
        """List the balance of a span, and pay it out as Stripe's list of a payout shows it."""
        for currency in CURRENCIES:
            lines, pages = [], []
            question = {
                "currency": currency.lower(), "created[gte]": str(int(self.since.timestamp())),
                "created[lt]": str(int(end.timestamp())), "limit": str(_PAGE),
                "expand[0]": "data.source",
            }  # fmt: skip
            while True:
                path = f"v1/balance_transactions?{urlencode(question)}"
                page = json.loads(asked(self.simulator.url, account, path))
                lines += page["data"]
                pages.append({**page, "has_more": True})
                if not page["has_more"]:
                    break
                question["starting_after"] = page["data"][-1]["id"]
            if lines:
                payout = f"po_{account}_{currency}_{end:%Y%m%d}"
                paid = _payout(payout, lines, currency.lower(), end)
                pages.append({**pages[0], "data": [paid], "has_more": False})
                yield b"\n".join(json.dumps(page).encode() for page in pages)

    def _adyen(self, account: str, end: datetime) -> Iterator[bytes]:
        """Download the report of each day; one of a day without payments says nothing."""
        first = 1 + (self.since - STARTS).days
        for batch in range(first, first + (end - self.since).days):
            name = f"settlement_detail_report_batch_{batch}.csv"
            path = f"reports/download/MerchantAccount/{MERCHANT}/{name}"
            try:
                raw = asked(self.simulator.url, account, path)
            except HTTPError as refused:
                raise AssertionError((path, refused.read())) from refused
            if raw.count(b"\n") > 1:
                yield raw


def _payout(payout: str, lines: list[Any], currency: str, end: datetime) -> dict[str, object]:
    net = sum(line["net"] for line in lines)
    return {
        "id": f"txn_{payout}", "object": "balance_transaction", "amount": -net, "fee": 0,
        "net": -net, "currency": currency, "type": "payout", "available_on": int(end.timestamp()),
        "created": int(end.timestamp()), "source": {"id": payout, "object": "payout"},
    }  # fmt: skip


def files(place: Place) -> list[Path]:
    """List the statements that were fetched, in order."""
    return sorted(place.path(FOLDER).glob("*.file"))
