"""Tables of articles, a row each: CSV in any of its dialects, and Parquet if pyarrow is there."""

from __future__ import annotations

import codecs
import csv
import datetime
import io
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any

from kg.charsets import decode
from kg.errors import ArticleError
from kg.formats import Defaults, Result, from_record
from kg.resources import ontologies

_DELIMITERS = ",;\t|"
_BYTES = "latin-1"  # reads any byte as one character, so that a row's encoding can be found when it is known where it ends
_ROW_GROUP = 1 << 30  # bytes that a row group of Parquet may take


def rows(stream: io.BufferedReader, where: str, defaults: Defaults) -> Iterator[Result]:
    """The articles of a CSV file with a line of column names; the delimiter is ',', ';', a tab or '|'.

    A row that is malformed, too large or no article is told as `FILE#NUMBER`, counted without the line of names.

    Raises:
        ArticleError: the columns are not there.
    """
    encoding = defaults.encoding or _marked(stream)
    text = io.TextIOWrapper(stream, encoding=encoding or _BYTES, newline="")
    try:
        lines = _Lines(text, defaults.max_bytes, where)
        parsed = csv.reader(lines, delimiter=lines.delimiter(), strict=True)
        names = [_decoded(name, where, encoding) for name in _first(parsed, where)]
        places = _places(names, defaults.columns, where)
        for number, values in enumerate(_guarded(parsed, lines), 1):
            yield from _row(values, number, len(names), places, where, encoding, defaults)
    finally:
        text.detach()


def _marked(stream: io.BufferedReader) -> str | None:
    """The encoding that a byte order mark tells."""
    head = stream.peek(3)[:3]
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    return "utf-8-sig" if head == codecs.BOM_UTF8 else None


class _Lines:
    """Lines of a table; a record that grows over `most` characters is refused, and the rest of its line passed over."""

    def __init__(self, text: io.TextIOWrapper, most: int, where: str) -> None:
        csv.field_size_limit(max(most, csv.field_size_limit()))
        self._text, self._most, self._where = text, most, where
        self._back: list[str] = []
        self.size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._back.pop() if self._back else self._text.readline(self._most + 1)
        if not line:
            raise StopIteration
        self.size += len(line)
        if self.size > self._most:
            while len(line) > self._most and not line.endswith("\n"):
                line = self._text.readline(self._most + 1)
            raise ArticleError(f"larger than {self._most:,} bytes", where=self._where, hint="is a quotation mark not closed?")
        return line

    def delimiter(self) -> str:
        """What the first line has most of."""
        line = next(self, "")
        self._back.append(line)
        return max(_DELIMITERS, key=line.count)


def _first(parsed: Iterator[list[str]], where: str) -> list[str]:
    try:
        return next(parsed)
    except (csv.Error, StopIteration) as error:
        what = f"no table: {error}" if str(error) else "empty file"
        raise ArticleError(what, where=where, hint="the first line has the names of the columns") from None


def _guarded(parsed: Iterator[list[str]], lines: _Lines) -> Iterator[list[str] | ArticleError | csv.Error]:
    """The records; those that cannot be parsed as what is wrong. The reader goes on behind them."""
    while True:
        lines.size = 0
        try:
            yield next(parsed)
        except StopIteration:
            return
        except (csv.Error, ArticleError) as error:
            yield error


def _row(
    values: list[str] | ArticleError | csv.Error, number: int, width: int, places: Mapping[str, int], path: str,
    encoding: str | None, defaults: Defaults,
) -> Iterator[Result]:  # fmt: skip
    where = f"{path}#{number}"
    try:
        if isinstance(values, ArticleError):
            raise ArticleError(values.what, where=where, hint=values.hint)
        if isinstance(values, csv.Error):
            raise ArticleError(f"broken row: {values}", where=where, hint="quotation marks in a field are doubled")
        if values and len(values) != width:
            what = f"{len(values)} fields, not {width}"
            raise ArticleError(what, where=where, hint="a field with a delimiter stands in quotation marks")
        if values:
            record = {field: _decoded(values[place], where, encoding) for field, place in places.items()}
            yield from_record(record, path, where, defaults)
    except ArticleError as error:
        yield error


def _decoded(value: str, where: str, encoding: str | None) -> str:
    return value if encoding or value.isascii() else decode(value.encode(_BYTES), where)


def _places(names: Sequence[str], columns: Iterable[tuple[str, str]], where: str) -> dict[str, int]:
    """Field -> index of its column: as `columns` say, else by the names that are known.

    Raises:
        ArticleError: a column is not there, or none for the text or the id.
    """
    present = {name.strip().casefold(): place for place, name in reversed(list(enumerate(names)))}
    hint = f"columns here: {', '.join(names)[:300]}; name them with --columns id=...,date=...,text=..."
    found = {field: present[name] for field, known in _known().items() for name in reversed(known) if name in present}
    for field, column in columns:
        if column.casefold() not in present:
            raise ArticleError(f"no column {column!r}", where=where, hint=hint)
        found[field] = present[column.casefold()]
    if "id" not in found and "url" in found:
        found["id"] = found["url"]
    for field in ("text", "id"):
        if field not in found:
            raise ArticleError(f"no column for the {field} of articles", where=where, hint=hint)
    return found


@cache
def _known() -> dict[str, list[str]]:
    """Field -> names of columns, the likeliest first."""
    return tomllib.loads((ontologies() / "columns.toml").read_text(encoding="utf-8"))


# Parquet


def parquet(stream: io.BufferedReader, where: str, defaults: Defaults) -> Iterator[Result]:
    """The articles of a Parquet file, one row group at a time, only the columns that are needed.

    Raises:
        ArticleError: pyarrow is not there, the file is damaged, its columns are not there, or a row group is too large.
    """
    try:
        import pyarrow
        import pyarrow.parquet as pq
    except ImportError:
        raise ArticleError("Parquet files need the package pyarrow", where=where, hint="pip install pyarrow") from None
    try:
        yield from _parquet_rows(pq.ParquetFile(stream), where, defaults)
    except (pyarrow.ArrowException, OSError) as error:
        what = f"damaged Parquet file: {error}"
        raise ArticleError(what, where=where, hint="a file that is neither piped nor compressed is needed") from None


def _parquet_rows(file: Any, path: str, defaults: Defaults) -> Iterator[Result]:
    names = file.schema_arrow.names
    places = _places(names, defaults.columns, path)
    number = 0
    for group in range(file.num_row_groups):
        if file.metadata.row_group(group).total_byte_size > _ROW_GROUP:
            raise ArticleError(f"a row group is over {_ROW_GROUP >> 20} MB", where=path, hint="write it with smaller row groups")
        wanted = sorted({names[place] for place in places.values()})
        for batch in file.iter_batches(batch_size=64, row_groups=[group], columns=wanted):
            for row in batch.to_pylist():
                number += 1
                record = {field: _plain(row[names[place]]) for field, place in places.items()}
                yield _parquet_row(record, path, f"{path}#{number}", defaults)


def _parquet_row(record: dict[str, Any], path: str, where: str, defaults: Defaults) -> Result:
    try:
        if len(record["text"] or "") > defaults.max_bytes:
            raise ArticleError(f"larger than {defaults.max_bytes:,} bytes", where=where, hint="split it, or raise max_bytes")
        return from_record(record, path, where, defaults)
    except ArticleError as error:
        return error


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime.date) else value
