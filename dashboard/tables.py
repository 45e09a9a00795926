"""The table behind a chart: page, CSV, tooltip and tests read the same rows."""

import csv
import io
from enum import StrEnum
from typing import TypeAlias

import msgspec

from dashboard.figures.trust import State
from dashboard.words import Words, iso
from kernel.times import Instant

BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
_FORMULA = ("=", "+", "-", "@", "\t")


class Kind(StrEnum):
    """How the cells of a column are written."""

    TIME = "time"
    MOMENT = "moment"
    COUNT = "count"
    DECIMAL = "decimal"
    SHARE = "share"
    WORD = "word"


class Column(msgspec.Struct, frozen=True):
    """A column; its heading is the catalogue's `column.<key>`, after what it is `of` (`J1`)."""

    key: str
    kind: Kind
    of: str = ""


Cell: TypeAlias = float | str | State | None
"""An instant in a TIME column, a number, words, or which kind of nothing it is."""


class Table(msgspec.Struct, frozen=True):
    """Rows of raw values."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def headings(self, words: Words) -> list[str]:
        """The columns by name."""
        return [f"{column.of} {words(f'column.{column.key}')}".strip() for column in self.columns]

    def shown(self, words: Words) -> list[list[str]]:
        """The rows as a page prints them."""
        return [
            [
                _text(column.kind, cell, words)
                for column, cell in zip(self.columns, row, strict=True)
            ]
            for row in self.rows
        ]

    def raw(self, words: Words) -> list[list[str | float]]:
        """The rows as a machine reads them."""
        return [
            [_raw(column.kind, cell, words) for column, cell in self._cells(row)]
            for row in self.rows
        ]

    def _cells(self, row: tuple[Cell, ...]) -> list[tuple[Column, Cell]]:
        return list(zip(self.columns, row, strict=True))


def _text(kind: Kind, cell: Cell, words: Words) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return words(f"state.{cell}") if isinstance(cell, State) else cell
    match kind:
        case Kind.TIME:
            return words.clock(Instant(int(cell)))
        case Kind.MOMENT:
            return words.moment(Instant(int(cell)))
        case Kind.DECIMAL:
            return words.decimal(cell)
        case Kind.SHARE:
            return words.percent(cell)
        case Kind.COUNT | Kind.WORD:
            return words.count(cell)


def to_csv(table: Table, words: Words, *, for_spreadsheets: bool = True) -> str:
    """RFC 4180 with CRLF; for spreadsheets with a byte order mark and defused formulas.

    Numbers have no separators, times are ISO 8601 with offset; a kind of nothing is an empty cell
    in the number's column and a word in the column of states.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(table.headings(words))
    for row in table.rows:
        cells = [
            _raw(column.kind, cell, words) for column, cell in zip(table.columns, row, strict=True)
        ]
        writer.writerow([_defused(cell) if for_spreadsheets else cell for cell in cells])
    return (BYTE_ORDER_MARK if for_spreadsheets else "") + out.getvalue()


def _raw(kind: Kind, cell: Cell, words: Words) -> str | float:
    if cell is None:
        return ""
    if isinstance(cell, State):
        return words(f"state.{cell}") if kind is Kind.WORD else ""
    if isinstance(cell, str):
        return cell
    match kind:
        case Kind.TIME | Kind.MOMENT:
            return iso(Instant(int(cell)))
        case Kind.COUNT:
            return round(cell)
        case Kind.DECIMAL | Kind.SHARE | Kind.WORD:
            return round(cell, 3)


def _defused(cell: str | float) -> str | float:
    """A text that a spreadsheet would run is quoted; numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
