"""Read an exclusion list as it is published: every row, or a plain refusal that names the line and the column."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from vendors.errors import ListRefusedError
from vendors.screening.listed import Listed

MOST_BYTES: Final = 128 * 1024 * 1024
"""Several times the whole extract of SAM (some 160,000 rows), and eight times the LEIE."""
_MOST_CHARACTERS: Final = 1_000
_MARKS: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16", b"PK\x03\x04": "a zip archive", b"\x1f\x8b": "a gzip archive"}
_CONTROLS: Final = frozenset(map(chr, [*range(9), 11, 12, *range(14, 32), 127]))

Fields = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Layout:
    """One way in which lists are published: the columns that must be there, and how a row is read.

    `names_in_order` is the whole header where its order is part of the form; else columns are taken by name, in any order.
    """

    title: str
    needed: tuple[str, ...]
    read: Callable[[Fields], Listed]
    names_in_order: bool = False

    def fits(self, header: Sequence[str]) -> bool:
        """Say whether a header is of this layout."""
        return tuple(header) == self.needed if self.names_in_order else set(self.needed) <= set(header)


class FieldRefusedError(Exception):
    """A field of a row can not be read; the reader knows the line."""

    def __init__(self, column: str, problem: str) -> None:
        super().__init__(problem)
        self.column = column
        self.problem = problem


def text_of(content: bytes) -> str:
    """Decode a list: UTF-8, with or without its mark, else Latin-1, as the OIG has published both.

    Raises:
        ListRefusedError: empty, too large, or not a text.

    """
    if not content.strip():
        raise ListRefusedError("the file is empty")
    if len(content) > MOST_BYTES:
        raise ListRefusedError(f"the file has {len(content):,} bytes; a list has {MOST_BYTES:,} at most")
    for mark, what in _MARKS.items():
        if content.startswith(mark):
            raise ListRefusedError(f"the file is {what}: save the list as a CSV file in UTF-8", line=1)
    nul = content.find(b"\x00")
    if nul >= 0:
        raise ListRefusedError("the file is not a text: it holds a NUL byte", line=content.count(b"\n", 0, nul) + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace") if _is_western(content) else content.decode("latin-1")


def _is_western(content: bytes) -> bool:
    return any(byte in content for byte in (b"\x91", b"\x92", b"\x93", b"\x94", b"\x96"))  # quotes and dashes of Windows


def read_list(text: str, layouts: Sequence[Layout]) -> Iterator[Listed]:
    """Read each row of a list in the layout that its header names.

    Raises:
        ListRefusedError: no layout has this header, or a row is cut off, has a field too many, or holds what its column can not.

    """
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip() for name in next(rows, [])]
        layout = next((one for one in layouts if one.fits(header)), None)
        if layout is None:
            raise _wrong_header(header, layouts)
        count = 0
        for row in rows:
            if row and any(row):
                count += 1
                yield _read(row, header, layout, rows.line_num)
    except csv.Error as error:
        raise ListRefusedError(f"this is not CSV ({error})", line=rows.line_num) from error
    if not count:
        raise ListRefusedError("the list holds no row", line=2)


def _read(row: list[str], header: Sequence[str], layout: Layout, line: int) -> Listed:
    if len(row) != len(header):
        column = header[len(row)] if len(row) < len(header) else header[-1]
        where = "is cut off" if len(row) < len(header) else "goes on after the last column"
        raise ListRefusedError(f"the row {where}: {len(row)} fields, {len(header)} expected", line=line, column=column)
    fields = {name: value.strip() for name, value in zip(header, row, strict=True)}
    for name, value in fields.items():
        if len(value) > _MOST_CHARACTERS:
            raise ListRefusedError(f"a field of {len(value):,} characters", line=line, column=name)
        if not value.isprintable() and not _CONTROLS.isdisjoint(value):
            raise ListRefusedError("a field holds a control character: this is not a text", line=line, column=name)
    try:
        return layout.read(fields)
    except FieldRefusedError as error:
        raise ListRefusedError(error.problem, line=line, column=error.column) from error


def _wrong_header(header: Sequence[str], layouts: Sequence[Layout]) -> ListRefusedError:
    nearest = max(layouts, key=lambda layout: len(set(layout.needed) & set(header)))
    missing = [name for name in nearest.needed if name not in header]
    if missing and len(missing) == len(nearest.needed):
        problem = f"the first line is not the header of {nearest.title}"
        return ListRefusedError(f"{problem}: {', '.join(nearest.needed)}", line=1, column=nearest.needed[0])
    if missing:
        return ListRefusedError(f"the header of {nearest.title} lacks {', '.join(missing)}", line=1, column=missing[0])
    misplaced = next((name for name, needed in zip(header, nearest.needed, strict=False) if name != needed), header[-1])
    return ListRefusedError(f"the header of {nearest.title} is {', '.join(nearest.needed)}", line=1, column=misplaced)


def day_of(fields: Fields, column: str, *, pattern: str) -> date | None:
    """Read a date that is written as digits: `pattern` is `ymd` (20261110) or `mdy` (11/10/2026); 2026-11-10 is read too, zeros are none.

    Raises:
        FieldRefusedError: it is no day.

    """
    text = fields.get(column, "")
    is_iso = len(text) == len("2026-11-10") and text[4:8:3] == "--"
    if is_iso:
        text, pattern = text.replace("-", ""), "ymd"
    digits = text if pattern == "ymd" else "".join(part.rjust(2, "0") for part in text.split("/"))
    if not digits.strip("0"):
        return None
    if len(digits) == len("20261110") and digits.isascii() and digits.isdigit():
        year, month, day = (digits[:4], digits[4:6], digits[6:]) if pattern == "ymd" else (digits[4:], digits[:2], digits[2:4])
        try:
            return date(int(year), int(month), int(day))
        except ValueError:
            pass
    wanted = "YYYYMMDD" if pattern == "ymd" else "MM/DD/YYYY"
    raise FieldRefusedError(column, f"this is no date ({wanted})")


def npi_of(fields: Fields, column: str) -> str | None:
    """Read a National Provider Identifier: ten digits, nothing for zeros or no text.

    Raises:
        FieldRefusedError: it is something else.

    """
    text = fields.get(column, "")
    if not text.strip("0"):
        return None
    if len(text) != len("1234567893") or not (text.isascii() and text.isdigit()):
        raise FieldRefusedError(column, "this is no NPI (ten digits, zeros for none)")
    return text
