"""What the lines of a file come to, and whether that is what the file says of itself."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ledgerline.base.ids import SettlementFileId
from ledgerline.payments.contract import LineKind, SettlementLine, SettlementTotal
from ledgerline.reconciliation.model import BROKEN, OF_ACCOUNT, Match
from ledgerline.reconciliation.rows import TotalRow

BROKEN_MAX: Final = 1_000
"""Lines that people can look at; a file with more is of another account, or of another time."""
_COSTS: Final = frozenset({LineKind.FEE, LineKind.TAX_ON_FEE})

Key = tuple[str, str, str]


@dataclass(slots=True)
class _Sum:
    lines: int = 0
    turnover: int = 0
    explained: int = 0
    gross: int = 0
    fee: int = 0
    tax: int = 0
    net: int = 0


def adds_up(line: SettlementLine) -> bool:
    """Say whether gross, fee and net of a line belong together.

    Between two currencies only the provider knows the rate. Costs have no gross, and what is paid
    out costs nothing by itself: that is a line of its own.
    """
    if line.kind in _COSTS:
        return line.gross.minor == 0 and line.net.minor == -line.fee.minor
    if line.kind is LineKind.PAYOUT and line.fee.minor != 0:
        return False
    if line.gross.currency != line.net.currency:
        return True
    return line.gross.minor - line.fee.minor == line.net.minor


@dataclass(slots=True)
class Tally:
    """The sums of a file, line by line; what it takes does not grow with the file.

    Raises nothing: ``fault`` says at the end what does not add up.
    """

    lines: int = 0
    broken: int = 0
    odd: int = 0
    first_odd: int = 0
    first_on: date = date.max
    last_on: date = date.min
    payouts: list[SettlementLine] = field(default_factory=list)
    _sums: dict[Key, _Sum] = field(default_factory=dict)

    def add(self, line: SettlementLine, match: Match, seller_code: str) -> None:
        """Count a line in the books of a seller."""
        self.lines += 1
        self.first_on = min(self.first_on, line.settled_on)
        self.last_on = max(self.last_on, line.settled_on)
        self.broken += match in BROKEN
        if not adds_up(line):
            self.odd += 1
            self.first_odd = self.first_odd or line.line_no
        if line.kind is LineKind.PAYOUT:
            self.payouts.append(line)
            return
        key = (seller_code, line.gross.currency, line.net.currency)
        held = self._sums.get(key)
        if held is None:
            held = self._sums[key] = _Sum()
        held.lines += 1
        held.gross += line.gross.minor
        held.net += line.net.minor
        if line.kind is LineKind.TAX_ON_FEE:
            held.tax += line.fee.minor
        else:
            held.fee += line.fee.minor
        if line.kind not in OF_ACCOUNT:
            held.turnover += abs(line.gross.minor)
            held.explained += abs(line.gross.minor) if match is Match.MATCHED else 0

    def reference(self, total: SettlementTotal | None) -> str | None:
        """Name the payout that the file is of; None where it has neither total nor payout."""
        if total is not None:
            return total.reference
        return self.payouts[0].psp_ref if self.payouts else None

    def fault(self, total: SettlementTotal | None) -> str | None:
        """Say in a sentence why the file is not believed; None where it adds up."""
        if self.odd:
            return (
                f"{self.odd} lines have a net that is not gross less fee, the first is line"
                f" {self.first_odd}"
            )
        net = self._net()
        for currency, amount in self._paid().items():
            if amount != net.get(currency, 0):
                return (
                    f"the payout is of {amount} minor units of {currency}, and the lines come to"
                    f" {net.get(currency, 0)}: {amount - net.get(currency, 0)} off"
                )
        if len({line.net.currency for line in self.payouts}) != len(self.payouts):
            return "there are several payouts of one currency"
        if total is not None and (fault := self._against(total, net)) is not None:
            return fault
        if self.broken > BROKEN_MAX:
            return (
                f"{self.broken} of {self.lines} lines are not what our books say: is it the file of"
                " another account?"
            )
        return None

    def _against(self, total: SettlementTotal, net: dict[str, int]) -> str | None:
        sums = dict(net)
        found = sums.pop(total.net.currency, 0)
        if found != total.net.minor:
            return (
                f"the file says {total.net.minor} minor units of {total.net.currency}, and its"
                f" lines come to {found}: {total.net.minor - found} off"
            )
        if total.lines != self.lines:
            return f"the file says {total.lines} lines, and has {self.lines}"
        return f"lines of {min(sums)} are in no total" if sums else None

    def rows(self, file_id: SettlementFileId) -> list[TotalRow]:
        """Return the sums, each with what of it is paid out."""
        paid = self._paid()
        return [
            TotalRow(
                file_id=file_id,
                seller_code=seller_code,
                gross_currency=gross_currency,
                currency=currency,
                lines=held.lines,
                turnover_minor=held.turnover,
                explained_minor=held.explained,
                gross_minor=held.gross,
                fee_minor=held.fee,
                tax_minor=held.tax,
                net_minor=held.net,
                paid_minor=held.net if currency in paid else 0,
            )
            for (seller_code, gross_currency, currency), held in sorted(self._sums.items())
        ]

    def _net(self) -> dict[str, int]:
        net: dict[str, int] = {}
        for (_, _, currency), held in self._sums.items():
            net[currency] = net.get(currency, 0) + held.net
        return net

    def _paid(self) -> dict[str, int]:
        paid: dict[str, int] = {}
        for line in self.payouts:
            paid[line.net.currency] = paid.get(line.net.currency, 0) - line.net.minor
        return paid
