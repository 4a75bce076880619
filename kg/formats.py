"""The forms an article comes in: text with a date line, HTML, JSONL. Archives and tables of many are in `archives`."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from typing import Any, BinaryIO

from kg.charsets import decode
from kg.config import parse_date
from kg.errors import ArticleError, ConfigError
from kg.model import Article
from kg.normalize import normalize, printable
from kg.resources import ontologies

TEXT, HTML, JSONL, JSON = "text", "html", "jsonl", "json"
MAX_DEPTH = 250  # trafilatura gives up, without a word, on pages nested deeper
_BLANK = re.compile(r"[\s\ufeff\u200b]*")
_DATE_LINE = re.compile(r"[\s\ufeff\u200b]*date[ \t\u00a0]*:?[ \t\u00a0]*(?P<date>\d\S*)\s*", re.IGNORECASE)
_PAGE = re.compile(r"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body)\b", re.IGNORECASE | re.DOTALL)
_NO_DATE = "give the day of publication with --date YYYY-MM-DD, or begin the file with 'date YYYY-MM-DD'"
_SURROGATE = re.compile("[\ud800-\udfff]")
Result = Article | ArticleError
_VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])


@dataclass(frozen=True, slots=True)
class Defaults:
    """What holds for every article of a run unless it says otherwise; the fields are those of `articles.read`."""

    date: date | None = None
    lang: str = "de"
    encoding: str | None = None
    max_bytes: int = 20_000_000
    max_chars: int = 1_000_000
    columns: tuple[tuple[str, str], ...] = ()


def articles(stream: BinaryIO, form: str | None, id: str, where: str, defaults: Defaults) -> Iterator[Article | ArticleError]:
    """The articles of one file.

    Args:
        stream: its bytes.
        form: 'text', 'html', 'jsonl' or 'json'; None: seen from the content.
        id: the article's id, if the form carries none.
        where: the file's path, for messages and `Article.path`.
        defaults: what holds unless the article says otherwise.

    Raises:
        ArticleError: the file as a whole cannot be read.
    """
    first = stream.readline(defaults.max_bytes + 1)
    if form == JSONL or (form is None and _is_record(first)):
        yield from _lines(stream, first, where, defaults)
        return
    data = first + stream.read(max(0, defaults.max_bytes + 1 - len(first)))
    check_size(data, where, defaults)
    text = decode(data, where, defaults.encoding)
    if _BLANK.fullmatch(text):
        raise ArticleError("empty file", where=where, hint="leave it out, or put the article in")
    if form == JSON:
        yield from _records(text, where, defaults)
    else:
        yield (from_html if form == HTML or _PAGE.match(text) else _from_text)(text, id, where, defaults)


def check_size(data: bytes, where: str, defaults: Defaults) -> None:
    """Raises an ArticleError for a file or record that is too large."""
    if len(data) > defaults.max_bytes:
        raise ArticleError(f"larger than {defaults.max_bytes:,} bytes", where=where, hint="split it, or raise max_bytes")


def _from_text(text: str, id: str, where: str, defaults: Defaults) -> Article:
    header = _DATE_LINE.match(text)
    day = _day(header["date"], where) if header else defaults.date
    return _article(text, header.end() if header else 0, day, id, where, defaults)


def _article(original: str, start: int, day: date | None, id: str, where: str, defaults: Defaults, **more: Any) -> Article:
    """The one place where articles are made: `original[start:]` is what is analysed."""
    if day is None:
        raise ArticleError("no date of publication", where=where, hint=_NO_DATE)
    original = _SURROGATE.sub("\ufffd", original)  # one for one, so that offsets stay
    start += len(original[start:]) - len(original[start:].lstrip())
    text, offsets = normalize(original, start)
    if not text.strip():
        raise ArticleError("no text", where=where, hint="an article has a text after its date")
    if len(text) > defaults.max_chars:
        raise ArticleError(f"longer than {defaults.max_chars:,} characters", where=where, hint="one article a file is expected")
    more["lang"] = _lang(more.get("lang") or defaults.lang, where)
    return Article(id=id, text=text, date=day, original=original, offsets=offsets, **{"path": where, **more})


def _lang(code: str, where: str) -> str:
    lang = re.split("[-_]", code.strip().lower())[0]
    if not re.fullmatch("[a-z]{2,3}", lang) or not (ontologies() / lang).is_dir():
        raise ArticleError(f"language {code!r} is not known here", where=where, hint="a folder ontologies/<language> is needed")
    return lang


def _day(text: str, where: str) -> date:
    try:
        return parse_date(text)
    except ConfigError as error:
        raise ArticleError(error.what, where=where, hint=error.hint) from None


# JSONL


def _is_record(line: bytes) -> bool:
    """Whether a line is a JSON object, broken ones that begin like an article's record included."""
    return bool(re.match(rb'(\xef\xbb\xbf)?\s*\{\s*"', line))


def _lines(stream: BinaryIO, line: bytes, where: str, defaults: Defaults) -> Iterator[Article | ArticleError]:
    number, found = 1, False
    while line:
        if line.strip(b"\xef\xbb\xbf \t\r\n"):
            found = True
            yield _line(line, where, number, defaults)
        while len(line) > defaults.max_bytes and not line.endswith(b"\n"):  # the rest of a line that is too long
            line = stream.readline(defaults.max_bytes + 1)
        line, number = stream.readline(defaults.max_bytes + 1), number + 1
    if not found:
        raise ArticleError("empty file", where=where, hint="one JSON object a line is expected")


def _line(line: bytes, path: str, number: int, defaults: Defaults) -> Article | ArticleError:
    where = f"{path}:{number}"
    try:
        check_size(line, where, defaults)
        return from_record(_json(decode(line, where, defaults.encoding), where), path, where, defaults)
    except ArticleError as error:
        return error


def _records(text: str, where: str, defaults: Defaults) -> Iterator[Article | ArticleError]:
    """The articles of a JSON file: one object, or a list of them."""
    value = _json(text, where)
    for number, record in enumerate(value if isinstance(value, list) else [value], 1):
        try:
            yield from_record(record, where, f"{where}#{number}" if isinstance(value, list) else where, defaults)
        except ArticleError as error:
            yield error


def _json(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArticleError(f"broken JSON: {error}", where=where, hint="one JSON object a line is expected") from None


def from_record(record: Any, path: str, where: str, defaults: Defaults) -> Article:
    """The article of a record with 'id', 'date', 'text', and perhaps 'title', 'url', 'lang'.

    Args:
        record: the record.
        path: the file it stands in.
        where: its place in it, for messages.
        defaults: what holds unless it says otherwise.

    Raises:
        ArticleError: it is none.
    """
    if not isinstance(record, dict):
        raise ArticleError("not a JSON object", where=where, hint='{"id": ..., "date": ..., "text": ...} is expected')
    values = {key: _field(record, key, where) for key in ("id", "date", "text", "title", "url", "lang")}
    for key in ("id", "text"):
        if not values[key]:
            raise ArticleError(f"no {key!r}", where=where, hint=f'"{key}" must be there and not be empty')
    day = _day(values["date"], where) if values["date"] else defaults.date
    more = {key: values[key] or None for key in ("title", "url", "lang")}
    return _article(values["text"], 0, day, values["id"], where, defaults, path=path, **more)


def _field(record: dict[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    value = str(value) if key == "id" and isinstance(value, int) and not isinstance(value, bool) else value
    if value is not None and not isinstance(value, str):
        raise ArticleError(f'"{key}" is {type(value).__name__}, not a string', where=where, hint="put it in quotation marks")
    return value if key == "text" and value else printable(value or "")


# HTML


def from_html(page: str, id: str, where: str, defaults: Defaults, path: str | None = None, url: str | None = None) -> Article:
    """The article of an HTML page.

    Args:
        page: its source.
        id: the article's id.
        where: the file or record, for messages.
        defaults: what holds unless the page says otherwise.
        path: the file, if `where` is a record of it.
        url: the address, if the page does not tell a canonical one.

    Raises:
        ArticleError: no article is found, or no date.
    """
    document = _extract(page)
    if document is None or not document.text:
        raise _unreadable(page, where)
    told = document.date and document.date in page  # else it was guessed from the running text: better ask than err
    day = _day(document.date, where) if told else defaults.date
    title = printable(document.title or "") or None
    return _article(document.text, 0, day, id, where, defaults, title=title, url=document.url or url, path=path or where)


def _extract(page: str) -> Any:
    """Trafilatura's document with text, title, date (only as the page's metadata tell it) and canonical address."""
    from trafilatura import bare_extraction

    for library in ("trafilatura", "htmldate"):
        logging.getLogger(library).setLevel(logging.CRITICAL)  # what fails is reported here, once
    # A fixed last day: the library's own is today's, and would make the result depend on the clock.
    dates = {"original_date": True, "extensive_search": False, "max_date": "2100-12-31"}
    return bare_extraction(page, include_comments=False, include_tables=False, with_metadata=True, date_extraction_params=dates)


def _unreadable(page: str, where: str) -> ArticleError:
    depth = _Depth()
    depth.feed(page)
    if depth.deepest > MAX_DEPTH:
        what = f"HTML nested {depth.deepest} elements deep; {MAX_DEPTH} is the limit"
        return ArticleError(what, where=where, hint="save the article as text")
    return ArticleError("no article found in the HTML page", where=where, hint="save the article as text")


class _Depth(HTMLParser):
    """Counts how deep the elements of a page are nested."""

    def __init__(self) -> None:
        super().__init__()
        self.depth = self.deepest = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        """An element opens."""
        self.depth += tag not in _VOID
        self.deepest = max(self.deepest, self.depth)

    def handle_endtag(self, tag: str) -> None:
        """An element closes."""
        self.depth -= tag not in _VOID
