"""JSON (lines or one array) and Excel sheets, made tables of texts."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd

from vsmlib.errors import shown
from vsmlib.findings import Finding
from vsmlib.sources.delimited import as_utf8
from vsmlib.sources.rows import Opened, Record, column_names, open_records
from vsmlib.sources.unpack import UNPACKED_LIMIT, refuse

ACCEPTED = "one object a line, or one array of objects"


def open_json(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    """Open a file of JSON objects: one a line, or one array of them; refuse any other."""
    path, _, told = as_utf8(stack, path, where)
    with path.open(encoding="utf-8-sig") as file:
        is_array = file.read(4096).lstrip().startswith("[")
        file.seek(0)
        try:
            found = list(enumerate(json.loads(file.read()), 1) if is_array else _lines(file))
        except (ValueError, RecursionError) as error:
            refuse(f"damaged JSON: {error}", where, "check the file", ACCEPTED)
    keys = list(dict.fromkeys(k for _, record in found if isinstance(record, dict) for k in record))
    if not keys:
        first = next((f": row {line}: {shown(record)}" for line, record in found), "")
        what = f"no row is a JSON object with keys{first}"
        refuse(what, where, "check the file", ACCEPTED)
    names, renamed = column_names(keys, where)
    scan, refused = open_records(con, stack, names, _records(found, keys))
    return Opened(scan, "JSON array" if is_array else "JSON lines", [*told, *renamed, *refused])


def _lines(file: Iterator[str]) -> Iterator[tuple[int, Any]]:
    for line, text in enumerate(file, 1):
        try:
            if text.strip():
                yield line, json.loads(text)
        except (ValueError, RecursionError):
            yield line, text.strip()


def _records(found: list[tuple[int, Any]], keys: list[str]) -> Iterator[Record]:
    for line, record in found:
        if isinstance(record, dict):
            yield line, [_json_text(record.get(key)) for key in keys]
        else:
            yield line, f"no JSON object: {shown(record)}"


def _json_text(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, float):
        value = _cell_text(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # JSON may hold halves of characters, which UTF-8 cannot say.
    return text.encode("utf-8", "replace").decode()


def open_excel(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    """Open the sheet of an Excel workbook (``.xlsx``) that comes first."""
    (title, *others), sheet = _sheet(path, where)
    rows = ((line, [_cell_text(cell) for cell in cells]) for line, cells in enumerate(sheet, 1))
    filled = ((line, texts) for line, texts in rows if any(texts))
    _, header = next(filled, (0, []))
    while header and not header[-1]:
        header.pop()
    if not header:
        refuse(f"sheet {shown(title)} is empty", where, "move the table's sheet to the front")
    names, told = column_names([cell or "" for cell in header], where)
    if others:
        what = f"only sheet {shown(title)} is read, {len(others)} more left out"
        told.append(Finding("sheet_read", "note", len(others), what, "left out"))
    width = len(names)
    records = ((line, texts if any(texts[width:]) else (texts + [None] * width)[:width])
               for line, texts in filled)  # fmt: skip
    scan, refused = open_records(con, stack, names, records)
    return Opened(scan, "Excel", [*told, *refused])


def _sheet(path: Path, where: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Give the names of the sheets, and the cells of the first."""
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > UNPACKED_LIMIT:
                raise ValueError(f"it unpacks to more than {UNPACKED_LIMIT:,} bytes")
        with warnings.catch_warnings(action="ignore"), pd.ExcelFile(path, "openpyxl") as book:
            frame = book.parse(0, header=None, dtype=object, na_filter=False)
            return [str(name) for name in book.sheet_names], list(frame.itertuples(index=False))
    except Exception as error:
        accepted = ".xlsx without a password"
        refuse(f"not an Excel workbook: {error}", where, "save it as .xlsx or CSV", accepted)


def _cell_text(cell: Any) -> str | None:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell) or None
