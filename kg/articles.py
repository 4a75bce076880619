"""Files, folders and standard input to articles, in every form. Bad ones are yielded as errors, the others go on."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO, Literal

from kg import archives
from kg.errors import ArticleError
from kg.formats import Defaults
from kg.formats import Result as Result
from kg.normalize import printable
from kg.seen import Seen

STDIN = "-"
_FORMS = "folders are searched for " + ", ".join(sorted(archives.IN_FOLDERS)) + ", also compressed"


@dataclass(slots=True)
class _Run:
    """What one call of `read` has to remember."""

    defaults: Defaults
    id_from: str
    seen: Seen = field(default_factory=Seen)


def read(
    paths: Sequence[str | Path],
    *,
    date: date | None = None,
    id_from: Literal["name", "path"] = "name",
    lang: str = "de",
    encoding: str | None = None,
    max_bytes: int = 20_000_000,
    max_chars: int = 1_000_000,
    columns: tuple[tuple[str, str], ...] = (),
    stdin: BinaryIO | None = None,
) -> Iterator[Result]:
    """The articles of `paths` in a fixed order; what cannot be read comes as an `ArticleError` in its place.

    A file that is reached twice, and an article that comes twice with the same content, are read once.

    Args:
        paths: files, folders (searched recursively, hidden files left out), '-' for standard input.
        date: day of publication of articles that carry none.
        id_from: the id is the file's 'name' without suffix, or its 'path' (below the current folder if it lies there).
        lang: language of articles that do not tell theirs.
        encoding: encoding of the files; None: detected.
        max_bytes: largest file, or largest record of an archive or table, in bytes.
        max_chars: longest article, in characters.
        columns: of tables, pairs of field ('id', 'date', 'text', 'title', 'url', 'lang') and column; others by known names.
        stdin: what '-' reads; None: the process's standard input.
    """
    run = _Run(Defaults(date, lang, encoding, max_bytes, max_chars, columns), id_from)
    for path in paths:
        for result in _guarded(_read_path(str(path), run, stdin), str(path)):
            yield from _unique(result, run.seen)


def count(paths: Sequence[str | Path]) -> int | None:
    """How many files `paths` hold, for a progress bar; None if standard input or archives make it unknown."""
    files = [p for path in map(str, paths) for p in ([path] if path == STDIN else map(str, _files(Path(path))))]
    return None if any(p == STDIN or archives.holds_many(Path(p)) for p in files) else len(files)


def _read_path(path: str, run: _Run, stdin: BinaryIO | None) -> Iterator[Result]:
    if path == STDIN:
        yield from _guarded(archives.articles(stdin or sys.stdin.buffer, None, "stdin", "<stdin>", run.defaults), "<stdin>")
    elif Path(path).is_dir():
        yield from _read_folder(Path(path), run)
    else:
        yield from _read_file(Path(path), run)


def _read_folder(folder: Path, run: _Run) -> Iterator[Result]:
    files = _files(folder)
    if not files:
        yield ArticleError("folder without articles", where=str(folder), hint=_FORMS)
    for file in files:
        yield from _read_file(file, run)


def _read_file(path: Path, run: _Run) -> Iterator[Result]:
    if run.seen.file(os.path.realpath(path)):
        return
    yield from _guarded(_articles(path, run), str(path))


def _articles(path: Path, run: _Run) -> Iterator[Result]:
    _check(path)
    with path.open("rb") as stream:
        form = archives.SUFFIXES.get(archives.suffix(path))
        yield from archives.articles(stream, form, _id(path, run.id_from), str(path), run.defaults)


def _guarded(results: Iterator[Result], where: str) -> Iterator[Result]:
    """Turns what the system or a reader raises into a result."""
    try:
        yield from results
    except ArticleError as error:
        yield error
    except (OSError, ValueError) as error:  # ValueError: a path with a null character
        yield ArticleError(f"cannot be read: {getattr(error, 'strerror', None) or error}", where=where, hint="check the path")


def _check(path: Path) -> None:
    """Raises an ArticleError for a path that is no readable file."""
    if path.is_symlink() and not path.exists():
        raise ArticleError("dangling link", where=str(path), hint=f"it points to {os.readlink(path)}, which is not there")
    if not path.exists():
        raise ArticleError("no such file or folder", where=str(path), hint="check the path")
    if stat.S_ISBLK(path.stat().st_mode) or stat.S_ISSOCK(path.stat().st_mode):
        raise ArticleError("neither a file nor a folder", where=str(path), hint="text, HTML or JSONL is expected")


def _files(path: Path) -> list[Path]:
    """The files to read below a folder, sorted; the path itself if it is none. Links are followed, each folder once."""
    if not path.is_dir():
        return [path]
    found: list[Path] = []
    seen: set[str] = set()
    folders = [path]
    while folders:
        folder = folders.pop()
        if (real := os.path.realpath(folder)) not in seen:
            seen.add(real)
            entries = _entries(folder)
            folders += (e for e in entries if e.is_dir() and e != folder)
            found += (e for e in entries if _is_article(e) or e == folder)
    return sorted(found, key=lambda p: p.parts)


def _entries(folder: Path) -> list[Path]:
    """What lies in a folder, hidden files left out; the folder itself if it cannot be listed: reading it tells why."""
    try:
        return sorted(e for e in folder.iterdir() if not e.name.startswith("."))
    except OSError:
        return [folder]


def _is_article(path: Path) -> bool:
    return archives.suffix(path) in archives.IN_FOLDERS and (path.is_file() or (path.is_symlink() and not path.exists()))


def _id(path: Path, id_from: str) -> str:
    if id_from == "name":
        return _clean(archives.stem(path))
    absolute, here = Path(os.path.abspath(path)), Path.cwd()
    return _clean((absolute.relative_to(here) if absolute.is_relative_to(here) else absolute).as_posix())


def _clean(name: str) -> str:
    """A file name as text: its bytes as UTF-8, composed (some systems store 'ü' as two characters)."""
    return printable(os.fsencode(name).decode("utf-8", "replace")) or "article"


def _unique(result: Result, seen: Seen) -> Iterator[Result]:
    """The result, unless it repeats an article; an error if another article has its id."""
    if isinstance(result, ArticleError):
        yield result
        return
    content = result.content_hash
    first = seen.article(result.id, str(result.path), content)
    if first is None:
        yield result
    elif content != first[1]:
        what = f"two articles with the id {result.id!r}: this one and {first[0]}"
        yield ArticleError(what, where=result.path, hint="--id-from path tells files of one name apart")
