"""Filters of the pack language: how numbers, times, lists and tables are said.

Everything here is pure. Rounding is half up, as people do it and as texts show it, on 14
significant digits: 2.675 gives 2.68 and 102 / 160 * 100 gives 63.8, where binary floats would give
2.67 and 63.7.
"""

import csv as csv_module
import io
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

__all__ = ["FILTERS", "half_up"]

Row = Mapping[str, Any]
Columns = Mapping[str, str | Sequence[Any]]


def half_up(value: float, digits: int = 0) -> float | int:
    """Round half up; an int where `digits` is 0 or less.

    >>> half_up(2.675, 2), half_up(102 / 160 * 100, 1), half_up(-2.5), half_up(1250, -2)
    (2.68, 63.8, -3, 1300)
    """
    if isinstance(value, int) and digits >= 0:
        return value
    exact = Decimal(f"{value:.14g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return float(exact) if digits > 0 else int(exact)


def num(value: float, digits: int | None = None) -> str:
    """Say a number: fixed decimals or as short as it goes, thousands with a comma.

    >>> num(1234.5, 2), num(12.0), num(0.125)
    ('1,234.50', '12', '0.125')
    """
    if digits is None:
        text = format(Decimal(repr(value)), "f")
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return format(Decimal(text), ",f")
    return f"{half_up(value, digits):,.{max(digits, 0)}f}"


def pct(share: float, digits: int = 1) -> str:
    """Say a share as per cent.

    >>> pct(0.8734)
    '87.3%'
    """
    return f"{half_up(share * 100, digits):.{digits}f}%"


def money(value: float, sign: str = "$", digits: int = 2) -> str:
    """Say an amount of money.

    >>> money(-1234.5), money(12, "€", 0)
    ('-$1,234.50', '€12')
    """
    return f"{'-' if value < 0 else ''}{sign}{num(abs(value), digits)}"


def plural(count: int, one: str, many: str | None = None) -> str:
    """Say a count with its noun.

    >>> plural(1, "part"), plural(3, "part"), plural(2, "delivery", "deliveries")
    ('1 part', '3 parts', '2 deliveries')
    """
    return f"{num(count)} {one if count == 1 else many or one + 's'}"


def ordinal(n: int) -> str:
    """Say a rank.

    >>> ordinal(1), ordinal(12), ordinal(23)
    ('1st', '12th', '23rd')
    """
    suffix = "th" if 10 <= n % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(n % 10, "th")
    return f"{n}{suffix}"


def clock(minutes: float) -> str:
    """Say minutes after midnight as a time of day.

    >>> clock(395), clock(1500)
    ('06:35', '01:00')
    """
    whole = int(minutes) % 1440
    return f"{whole // 60:02d}:{whole % 60:02d}"


def duration(minutes: float) -> str:
    """Say a length of time.

    >>> duration(95), duration(40), duration(120)
    ('1 h 35 min', '40 min', '2 h')
    """
    hours, rest = divmod(int(half_up(minutes)), 60)
    return " ".join(f"{n} {unit}" for n, unit in ((hours, "h"), (rest, "min")) if n) or "0 min"


def say_date(day: date | str, form: str = "%d %b %Y") -> str:
    """Say a day; `%-d` is not known everywhere, so `%d` keeps its zero."""
    return (day if isinstance(day, date) else date.fromisoformat(day)).strftime(form)


def days(day: date | str, count: int) -> date:
    """Return the day that is `count` days later."""
    return (day if isinstance(day, date) else date.fromisoformat(day)) + timedelta(days=count)


def col(rows: Iterable[Row], name: str) -> list[Any]:
    """Return a column of the rows."""
    return [row[name] for row in rows]


def where(rows: Iterable[Row], name: str, value: Any = True) -> list[Row]:  # noqa: FBT002
    """Return the rows whose column has the value."""
    return [row for row in rows if row[name] == value]


def argmax(rows: Sequence[Row], name: str) -> Row:
    """Return the row in which the column is largest; the first of equals."""
    return max(rows, key=lambda row: row[name])


def argmin(rows: Sequence[Row], name: str) -> Row:
    """Return the row in which the column is smallest; the first of equals."""
    return min(rows, key=lambda row: row[name])


def total(values: Iterable[Any], attribute: str | None = None) -> Any:
    """Add up, decimals kept clean: 0.1 + 0.2 is 0.3."""
    numbers = col(values, attribute) if attribute else list(values)
    if all(isinstance(n, int) for n in numbers):
        return sum(numbers)
    return float(sum(Decimal(repr(n)) for n in numbers))


def join_and(values: Sequence[Any], last: str = "and") -> str:
    """Join as a sentence does.

    >>> join_and(["a", "b", "c"])
    'a, b and c'
    """
    texts = [str(value) for value in values]
    return (
        f" {last} ".join([", ".join(texts[:-1]), texts[-1]]) if len(texts) > 1 else "".join(texts)
    )


def cap(text: str) -> str:
    """Make the first letter upper case and leave the rest.

    >>> cap("the OEE")
    'The OEE'
    """
    return text[:1].upper() + text[1:]


def _cell(row: Row, column: str | Sequence[Any]) -> str:
    if isinstance(column, str):
        value = row[column]
        return num(value) if isinstance(value, float) else str(value)
    name, said, *rest = tuple(column)
    return str(FILTERS[said](row[name], *rest))


def _cells(rows: Iterable[Row], columns: Columns) -> list[list[str]]:
    return [[_cell(row, column) for column in columns.values()] for row in rows]


def table(rows: Iterable[Row], columns: Columns) -> str:
    """Draw a Markdown table; `columns` maps heading to column or to [column, filter, arguments]."""
    lines = [list(columns), ["---"] * len(columns), *_cells(rows, columns)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def csv(rows: Iterable[Row], columns: Columns, delimiter: str = ",") -> str:
    """Write the rows as CSV with a heading line; no thousands separators."""
    out = io.StringIO()
    writer = csv_module.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(columns)
    for line in _cells(rows, columns):
        writer.writerow([cell.replace(",", "") if cell[:1].isdigit() else cell for cell in line])
    return out.getvalue().strip()


def aligned(rows: Iterable[Row], columns: Columns, gap: int = 2) -> str:
    """Write the rows in columns of a terminal, padded with blanks."""
    lines = [list(columns), *_cells(rows, columns)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(columns))]
    return "\n".join(
        (" " * gap)
        .join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        .rstrip()
        for line in lines
    )


FILTERS: Final[dict[str, Callable[..., Any]]] = {
    "aligned": aligned,
    "argmax": argmax,
    "argmin": argmin,
    "cap": cap,
    "clock": clock,
    "col": col,
    "csv": csv,
    "date": say_date,
    "days": days,
    "duration": duration,
    "join_and": join_and,
    "mean": statistics.fmean,
    "median": statistics.median,
    "money": money,
    "num": num,
    "ordinal": ordinal,
    "pct": pct,
    "plural": plural,
    "round": half_up,
    "sd": statistics.stdev,
    "sum": total,
    "table": table,
    "where": where,
}
"""Name -> filter. They stand beside Jinja's own; `round` and `sum` replace Jinja's."""
