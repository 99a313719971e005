"""JSON (lines or one array) and Excel sheets, made tables of texts."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from vsmlib.errors import SourceError, shown
from vsmlib.findings import Finding
from vsmlib.sources.encoding import as_utf8
from vsmlib.sources.opened import BATCH, Batch, Opened, Refused, column_names, text_table
from vsmlib.sources.unpack import UNPACKED_LIMIT

__all__ = ["open_excel", "open_json"]


DECODER = json.JSONDecoder(
    parse_float=lambda digits: re.sub(r"\.0+$", "", digits), parse_constant=lambda name: None
)


def open_json(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    """Open a file of JSON objects: one a line, or one array of them.

    Raises
    ------
    SourceError
        If the file is no JSON of this sort.
    """
    path, _, findings = as_utf8(stack, path, where)
    refused, tables, seen = Refused(), [], 0
    places: dict[str, int] = {}
    with path.open(encoding="utf-8-sig") as file:
        is_array = file.read(4096).lstrip().startswith("[")
        file.seek(0)
        found = enumerate(_array(file.read(), where), 1) if is_array else _lines(file)
        while part := list(islice(found, BATCH)):
            good = [n for n, (_, record) in enumerate(part) if isinstance(record, dict)]
            for n in sorted(set(range(len(part))) - set(good)):
                refused.add(part[n][0], f"no JSON object: {shown(part[n][1])}")
            values = [_placed(part[n][1], places) for n in good]
            full = [texts + [None] * (len(places) - len(texts)) for texts in values]
            tables.append(Batch([seen + n for n in good], [part[n][0] for n in good], full).table())
            seen += len(part)
    if not places:
        why = f": {refused.examples[0]}" if refused.count else ""
        raise SourceError(
            f"no row is a JSON object with keys{why}",
            where=where,
            accepted="one object a line, or one array of objects",
            hint="check the file",
        )
    names, renamed = column_names(list(places), where)
    scan = text_table(con, stack, names, tables)
    kind = "JSON array" if is_array else "JSON lines"
    return Opened(scan, kind, seen, [*findings, *renamed, *refused.findings()])


def _array(document: str, where: str) -> list[Any]:
    try:
        found: list[Any] = DECODER.decode(document)
    except (ValueError, RecursionError) as error:
        raise SourceError(
            f"damaged JSON: {error}",
            where=where,
            accepted="one array of objects, or one object a line",
            hint="check the file",
        ) from error
    return found


def _lines(file: Iterator[str]) -> Iterator[tuple[int, Any]]:
    """Give each document and its line; what is no JSON comes as the text it is."""
    line = 1
    while texts := list(islice(file, BATCH)):
        try:
            documents = DECODER.decode(f"[{','.join(texts)}]")
        except (ValueError, RecursionError):
            documents = []
        if len(documents) != len(texts):
            documents = [_document(text.strip()) for text in texts]
        for place, document in enumerate(documents):
            if document != "":
                yield line + place, document
        line += len(texts)


def _document(text: str) -> Any:
    try:
        return DECODER.decode(text)
    except (ValueError, RecursionError):
        return text


def _placed(record: dict[str, Any], places: dict[str, int]) -> list[str | None]:
    """Give the values of an object in the order in which keys were first met."""
    texts = [v if type(v) is str else _json_text(v) for v in record.values()]
    if list(record) == list(places):
        return texts
    for key in record:
        places.setdefault(key, len(places))
    values: list[str | None] = [None] * len(places)
    for key, text in zip(record, texts, strict=True):
        values[places[key]] = text
    return values


def _json_text(value: Any) -> str | None:
    return None if value is None else json.dumps(value, ensure_ascii=False)


def open_excel(con: Any, stack: ExitStack, path: Path, where: str) -> Opened:
    """Open the sheet of an Excel workbook (``.xlsx``) that is shown first.

    Raises
    ------
    SourceError
        If it is no workbook, or the sheet has no header.
    """
    with warnings.catch_warnings():
        # openpyxl warns of styles and validations that have no bearing on values.
        warnings.simplefilter("ignore", UserWarning)
        title, others, rows = _sheet(path, where)
    start = next((place for place, cells in enumerate(rows) if any(map(_cell_text, cells))), None)
    if start is None:
        raise SourceError(
            f"sheet {shown(title)} is empty",
            where=where,
            accepted="a sheet with column names in its first row",
            hint="move the table's sheet to the front and save",
        )
    header = [_cell_text(cell) or "" for cell in rows[start]]
    while not header[-1]:
        header.pop()
    names, findings = column_names(header, where)
    if others:
        what = f"1 sheet read, {shown(title)}; {others} other sheets not"
        findings.append(Finding("sheet_read", "note", 1, what, "others left out"))
    refused = Refused()
    body = _body(rows[start + 1 :], start + 2, len(names), refused)
    scan = text_table(con, stack, names, [body.table()])
    return Opened(scan, "Excel", len(rows) - start - 1, [*findings, *refused.findings()])


def _sheet(path: Path, where: str) -> tuple[str, int, list[tuple[Any, ...]]]:
    import openpyxl

    try:
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > UNPACKED_LIMIT:
                raise ValueError(f"it unpacks to more than {UNPACKED_LIMIT:,} bytes")
        with closing(openpyxl.load_workbook(path, read_only=True, data_only=True)) as book:
            sheet = book.active if book.active in book.worksheets else book.worksheets[0]
            # Some programs write a wrong size into the sheet, and openpyxl would believe it.
            sheet.reset_dimensions()
            return sheet.title, len(book.worksheets) - 1, list(sheet.iter_rows(values_only=True))
    except Exception as error:
        raise SourceError(
            f"not an Excel workbook: {error}",
            where=where,
            accepted=".xlsx without a password",
            hint="save it as .xlsx or CSV",
        ) from error


def _body(rows: Sequence[Sequence[Any]], line: int, width: int, refused: Refused) -> Batch:
    rows_, lines, values = [], [], []
    for row, cells in enumerate(rows):
        texts = [_cell_text(cell) for cell in cells]
        if any(texts[width:]):
            refused.add(line + row, f"{len(texts)} values, the header has {width}")
        elif any(texts):
            rows_.append(row)
            lines.append(line + row)
            values.append(texts[:width] + [None] * (width - len(texts)))
    return Batch(rows_, lines, values)


def _cell_text(cell: Any) -> str | None:
    if cell is None:
        return None
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)
