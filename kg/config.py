"""Settings: defaults < `kg.toml` < `KG_*` environment variables < flags. Unknown keys are errors."""

from __future__ import annotations

import codecs
import difflib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

from kg.errors import ConfigError

PREFIX = "KG_"
FILE = "kg.toml"
_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`\x00-\x20]+[/#:]")


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a user may set.

    Attributes:
        output: folder of the store and the written files.
        base: IRI that the ids of the data start with; ends in '/', '#' or ':'.
        lang: language of articles that do not tell theirs (ISO 639-1).
        date: day of publication of articles that carry none.
        id_from: an article's id is its file's 'name' without suffix, or its 'path'.
        encoding: encoding of the input files; None: detected.
        lemmas: 'hanta' (HanTa for open word classes) or 'model' (the model's own rules alone).
        lexicons: folders laid out like `ontologies/de`, whose rows win over the shipped ones.
        corrections: file of the corrections by hand; None: `corrections.jsonl` in the output folder.
        attributed: whether the page and the networks include facts that are attributed to a source.
        max_bytes: largest input file, or largest line of JSONL, in bytes.
        max_chars: longest article, in characters.
    """

    output: Path = Path("output")
    base: str = "https://w3id.org/polgraph/id/"
    lang: str = "de"
    date: date | None = None
    id_from: Literal["name", "path"] = "name"
    encoding: str | None = None
    lemmas: Literal["hanta", "model"] = "hanta"
    lexicons: tuple[Path, ...] = ()
    attributed: bool = False
    corrections: Path | None = None
    max_bytes: int = 20_000_000
    max_chars: int = 1_000_000


KEYS = tuple(f.name for f in fields(Settings))


def load(config: Path | None = None, environ: Mapping[str, str] | None = None, **flags: Any) -> Settings:
    """The settings of one run.

    Args:
        config: the settings file; None: `KG_CONFIG`, else `kg.toml` of the current folder if there is one.
        environ: the environment variables.
        flags: what the command line gives; None means not given.

    Raises:
        ConfigError: a file that cannot be read, an unknown key, a value that does not fit.
    """
    environ = environ or {}
    values: dict[str, Any] = {}
    path = config or (Path(environ["KG_CONFIG"]) if environ.get("KG_CONFIG") else None)
    if path or Path(FILE).is_file():
        values |= _from_file(path or Path(FILE))
    values |= _from_environment(environ)
    values |= {key: _value(key, v, f"--{key.replace('_', '-')}", Path()) for key, v in flags.items() if v is not None}
    return Settings(**values)


def parse_date(text: str, where: str | None = None) -> date:
    """The day of `YYYY-MM-DD`, to which a time of day may be joined by 'T' or a space.

    Raises:
        ConfigError: not of this form, or no day of the calendar.
    """
    match = re.fullmatch(r"(\d{4}-\d{2}-\d{2})(?:[T ]\d{2}:?\d{2}.*)?", text.strip(), re.ASCII)
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise ConfigError(f"invalid date {text[:40]!r}", where=where, hint="write it as YYYY-MM-DD") from None


def _from_file(path: Path) -> dict[str, Any]:
    try:
        table = tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"cannot read the settings: {reason}", where=str(path), hint="a TOML file is expected") from error
    _known(table, KEYS, str(path))
    return {key: _value(key, value, f"{path}: {key}", path.parent) for key, value in table.items()}


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    given = {k: v for k, v in environ.items() if k.startswith(PREFIX) and k not in ("KG_CONFIG", "KG_PASSWORD") and v != ""}
    _known(sorted(given), [PREFIX + key.upper() for key in KEYS], "environment")
    return {k[len(PREFIX) :].lower(): _value(k[len(PREFIX) :].lower(), given[k], k, Path()) for k in sorted(given)}


def _known(keys: Iterable[str], known: Iterable[str], where: str) -> None:
    known = list(known)
    for key in keys:
        if key not in known:
            near = difflib.get_close_matches(key, known, n=3, cutoff=0.6)
            hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(known)}"
            raise ConfigError(f"unknown setting {key!r}", where=where, hint=hint)


def _value(key: str, value: Any, where: str, folder: Path) -> Any:
    return _READERS[key](value, where, folder)


def _text(value: Any, where: str, folder: Path) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"a text is expected, not {value!r}", where=where)
    return value.strip()


def _path(value: Any, where: str, folder: Path) -> Path:
    return folder / Path(_text(str(value) if isinstance(value, Path) else value, where, folder)).expanduser()


def _paths(value: Any, where: str, folder: Path) -> tuple[Path, ...]:
    parts = value.split(":") if isinstance(value, str) else value
    if not isinstance(parts, list | tuple):
        raise ConfigError(f"a list of folders is expected, not {value!r}", where=where)
    paths = tuple(_path(part, where, folder) for part in parts)
    for path in paths:
        if not path.is_dir():
            raise ConfigError(f"no such folder: {path}", where=where, hint="it is laid out like ontologies/de")
    return paths


def _base(value: Any, where: str, folder: Path) -> str:
    text = _text(value, where, folder)
    if not _IRI.fullmatch(text):
        raise ConfigError(f"not a base IRI: {text!r}", where=where, hint="an absolute IRI that ends in '/', '#' or ':'")
    return text


def _date(value: Any, where: str, folder: Path) -> date:
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    return parse_date(_text(value, where, folder), where)


def _lang(value: Any, where: str, folder: Path) -> str:
    text = _text(value, where, folder).lower()
    if not re.fullmatch(r"[a-z]{2,3}", text):
        raise ConfigError(f"not a language code: {text!r}", where=where, hint="two letters, as in 'de'")
    return text


def _encoding(value: Any, where: str, folder: Path) -> str:
    try:
        return codecs.lookup(_text(value, where, folder)).name
    except LookupError:
        raise ConfigError(f"unknown encoding {value!r}", where=where, hint="for instance utf-8 or cp1252") from None


def _bool(value: Any, where: str, folder: Path) -> bool:
    words = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    known = value if isinstance(value, bool) else words.get(str(value).lower())
    if known is None:
        raise ConfigError(f"true or false is expected, not {value!r}", where=where)
    return known


def _count(value: Any, where: str, folder: Path) -> int:
    number = int(value) if isinstance(value, str) and value.isdecimal() else value
    if not isinstance(number, int) or isinstance(number, bool) or number < 1:
        raise ConfigError(f"a whole number above 0 is expected, not {value!r}", where=where)
    return number


def _one_of(*choices: str) -> Callable[[Any, str, Path], str]:
    def read(value: Any, where: str, folder: Path) -> str:
        if value not in choices:
            raise ConfigError(f"one of {', '.join(choices)} is expected, not {value!r}", where=where)
        return str(value)

    return read


_READERS: dict[str, Callable[[Any, str, Path], Any]] = {
    "output": _path,
    "base": _base,
    "lang": _lang,
    "date": _date,
    "id_from": _one_of("name", "path"),
    "encoding": _encoding,
    "lemmas": _one_of("hanta", "model"),
    "lexicons": _paths,
    "attributed": _bool,
    "corrections": _path,
    "max_bytes": _count,
    "max_chars": _count,
}
