"""The words and forms of time expressions, read from `ontologies/<lang>/times.toml` and compiled; checked at this border."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kg.errors import LexiconError
from kg.timerules import RULES

SPACE = r"(?:[^\S\n]{1,4}|[^\S\n]{0,3}\n[^\S\n]{0,3})"
ROLES = ("night", "since", "until", "from", "for", "drop", "open", "at")


@dataclass(frozen=True, slots=True)
class Pattern:
    """One form of a rule: a compiled expression and, for each group that it keeps, the word list that reads it."""

    rule: str
    regex: re.Pattern[str]
    tables: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """Text before and after that makes a match of `rule` no time; both must match."""

    rule: str
    before: re.Pattern[str] | None
    after: re.Pattern[str] | None

    def holds(self, before: str, text: str, stop: int) -> bool:
        """Whether the text before a match (its last characters) and from `stop` on are as described."""
        return (not self.before or bool(self.before.search(before))) and (not self.after or bool(self.after.match(text, stop)))


@dataclass(frozen=True, slots=True)
class TimeWords:
    """The time expressions of one language, compiled. Built by `load_times`."""

    words: Mapping[str, Mapping[str, Any]]
    patterns: tuple[Pattern, ...]
    prefix: re.Pattern[str]
    from_suffix: re.Pattern[str]
    joins: Mapping[str, re.Pattern[str]]
    blocked: tuple[Block, ...]
    forms: Mapping[str, frozenset[str]]
    cues: Mapping[str, re.Pattern[str]]


def load_times(path: Path) -> TimeWords:
    """Read `times.toml`.

    Raises:
        LexiconError: the file cannot be read, a key is missing, a form is malformed, or a rule or slot is unknown.
    """
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise LexiconError(f"cannot be read: {error}", where=str(path)) from error
    return _Reader(path, data).read()


@dataclass
class _Reader:
    path: Path
    data: dict[str, Any]

    def read(self) -> TimeWords:
        direction = self._table("direction")
        cues = ("before", "after", "future_clause", "past_clause", "perfect_infinitive")
        return TimeWords(
            {name: {w.casefold(): v for w, v in table.items()} for name, table in self._table("words").items()},
            tuple(self._pattern(i, row) for i, row in enumerate(self._rows("pattern"), 1)),
            self._prefix(),
            self._regex(self._text("suffix", "from"), "suffix.from"),
            {k: self._regex(self._text("joins", k), f"joins.{k}") for k in ("apposition", "range", "open", "night")},
            tuple(self._block(i, row) for i, row in enumerate(self._rows("blocked"), 1)),
            {k: frozenset(self._get(direction, k, list, "direction")) for k in ("werden", "modal", "perfect")},
            {k: self._regex(self._text("direction", k), f"direction.{k}") for k in cues},
        )

    def _error(self, key: str, what: str) -> LexiconError:
        return LexiconError(what, where=f"{self.path}: {key}", hint="the comment at the top of the file describes the format")

    def _get(self, table: Mapping[str, Any], key: str, kind: type, where: str) -> Any:
        value = table.get(key)
        if not isinstance(value, kind):
            raise self._error(f"{where}.{key}".strip("."), f"a {kind.__name__} is missing here")
        return value

    def _table(self, key: str) -> dict[str, Any]:
        return cast("dict[str, Any]", self._get(self.data, key, dict, ""))

    def _rows(self, key: str) -> list[dict[str, Any]]:
        return [row for row in self._get(self.data, key, list, "") if isinstance(row, dict)]

    def _text(self, table: str, key: str) -> str:
        return str(self._get(self._table(table), key, str, table))

    def _regex(self, form: str, key: str, flags: int = 0) -> re.Pattern[str]:
        try:
            return re.compile(form.replace(" ", SPACE), flags)
        except re.error as error:
            raise self._error(key, f"malformed regular expression: {error}") from error

    def _pattern(self, number: int, row: Mapping[str, Any]) -> Pattern:
        where = f"pattern {number}"
        rule, form = self._get(row, "rule", str, where), self._get(row, "form", str, where)
        if rule not in RULES:
            raise self._error(where, f"unknown rule {rule!r}, not one of {', '.join(RULES)}")
        tables: dict[str, str] = {}
        body = self._expand(form, where, tables)
        return Pattern(rule, self._regex(rf"(?<!\w)(?<!\w[-–])(?:{body})(?!\w|[-–]\w)", where), tables)

    def _expand(self, form: str, where: str, tables: dict[str, str]) -> str:
        """The form with its `{slots}` filled; notes in `tables` which list reads which group."""

        def fill(found: re.Match[str]) -> str:
            name, _, group = found[1].partition(":")
            if name in self._table("macros"):
                return self._expand(self._text("macros", name), where, tables)
            tables[group or name] = name
            return f"(?P<{group or name}>{self._alternatives(name, where)})"

        return re.sub(r"\{([a-zA-Z]\w*(?::\w+)?)\}", fill, form)

    def _alternatives(self, name: str, where: str) -> str:
        if name in self._table("slots"):
            return self._text("slots", name)
        if name not in self._table("words"):
            raise self._error(where, f"unknown word list or slot {name!r}")
        words = sorted(self._get(self._table("words"), name, dict, "words"), key=lambda w: (-len(w), w))
        return "|".join(_any_case(word) for word in words)

    def _prefix(self) -> re.Pattern[str]:
        rows = self._rows("prefix")
        for i, row in enumerate(rows, 1):
            if row.get("role") not in ROLES or not isinstance(row.get("form"), str):
                raise self._error(f"prefix {i}", f"needs a form and a role of {', '.join(ROLES)}")
        forms = "|".join(f"(?P<{row['role']}>{row['form']})" for row in rows)
        return self._regex(rf"(?<!\w)(?:{forms}) \Z", "prefix", re.IGNORECASE)

    def _block(self, number: int, row: Mapping[str, Any]) -> Block:
        where = f"blocked {number}"
        sides = {k: str(row[k]) for k in ("before", "after") if k in row}
        if row.get("rule") not in RULES or not sides:
            raise self._error(where, "needs a known rule and 'before' or 'after'")
        before = self._regex(rf"(?<!\w)(?:{sides['before']})\Z", where) if "before" in sides else None
        after = self._regex(sides["after"], where) if "after" in sides else None
        return Block(str(row["rule"]), before, after)


def _any_case(word: str) -> str:
    first = f"[{word[0]}{word[0].upper()}]" if word[0].islower() else re.escape(word[0])
    return first + re.escape(word[1:]).replace(r"\ ", " ")
