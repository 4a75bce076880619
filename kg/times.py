"""German time expressions -> intervals of days, relative to the day of publication.

The words and the forms of expressions are data (`ontologies/<lang>/times.toml`); here are the calendar, the joining of
expressions ('von Januar bis März 2008', 'am Montag, dem 6. Dezember') and the choice between past and future.

Conventions:
    'in der Nacht zum Freitag' is Thursday to Friday (precision 'range', so its date is Thursday).
    'seit X' runs from the first day of X to the day of publication and keeps the precision of X ('range' for a day).
    'bis X' and 'ab X' are X: nothing tells the other end.
    'vor X' and 'nach X' are no time, for neither end is told.
    Weeks and weekends have precision 'month', seasons, quarters and halves of a year have 'year'; begin and end stay narrow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any

from kg.model import Precision, TimeSpan
from kg.timerules import RULES, Direction, Period, add_months, days_later
from kg.timewords import Pattern, TimeWords, load_times
from kg.trees import Doc, Token

__all__ = ["TimeWords", "find_times", "load_times"]

WINDOW = 40  # characters before or after an expression that prefixes and blocking words are looked for in
CLAUSE = 200  # characters on each side that a clause without a parse may take
WEAK = frozenset({"month", "season", "weekend", "neighbour"})
BARE = frozenset({"open", "for"})  # roles whose preposition belongs to the clause, not to the expression


@dataclass(frozen=True, slots=True)
class _Source:
    """A text with what its expressions are read by; `parsed` if tense and heads are known."""

    doc: Doc
    text: str
    words: TimeWords
    published: date
    parsed: bool


@dataclass(frozen=True, slots=True)
class _Found:
    """An expression with its interval, from `core` (without its preposition) or `start` (with it) to `stop`.

    `weak` if it is a time only beside a preposition or another expression.
    """

    rule: str
    period: Period
    start: int
    core: int
    stop: int
    role: str = ""
    weak: bool = False


@dataclass
class _Case:
    """What the reading of one expression depends on beside its words."""

    source: _Source
    start: int
    stop: int
    role: str
    anchor: Period | None

    @property
    def text(self) -> str:
        return self.source.text[self.start : self.stop]

    @property
    def published(self) -> date:
        return self.source.published

    @cached_property
    def direction(self) -> Direction | None:
        """Whether the clause speaks of the past or the future; None if nothing tells."""
        if self.role in ("since", "for"):
            return "past" if self.role == "since" else "future"
        after = self.source.words.cues["after"].match(self.source.text, self.stop)
        if after or self._cue("before", self._clause(self.start)[0], self.start):
            return "future"
        told = self._tense() if self.source.parsed else self._wording()
        return "future" if self.role in ("until", "from") and told != "past" else told

    def _cue(self, name: str, start: int, stop: int) -> bool:
        return bool(self.source.words.cues[name].search(self.source.text, start, stop))

    def _clause(self, at: int, marks: str = ".,;:!?\n„“”»«") -> tuple[int, int]:
        """Offsets of the text between the nearest marks; a full stop after a digit ('3. März') is none."""
        text, low, high = self.source.text, max(0, at - CLAUSE), min(len(self.source.text), self.stop + CLAUSE)
        first = next((i + 1 for i in range(at - 1, low, -1) if text[i] in marks and not text[i - 1].isdigit()), low)
        last = next((i for i in range(self.stop, high) if text[i] in marks and not text[i - 1].isdigit()), high)
        return first, last

    def _wording(self) -> Direction | None:
        """Without a parse: cue words of the clause, else of the sentence."""
        for start, stop in (self._clause(self.start), self._clause(self.start, ".;:!?\n")):
            if self._cue("future_clause", start, stop) and not self._cue("perfect_infinitive", start, stop):
                return "future"
            if self._cue("past_clause", start, stop):
                return "past"
        return None

    def _tense(self) -> Direction | None:
        span = self.source.doc.char_span(self.start, self.stop, alignment_mode="expand")
        if span is None or not len(span):
            return None
        verb = _governor(span.root)
        if self.source.words.cues["after"].fullmatch(verb.text):
            return "future"
        return _verb_direction(verb, self.source.words.forms)


def _feature(token: Token, name: str) -> list[str]:
    return token.morph.get(name, [])


def _governor(token: Token) -> Token:
    """The nearest verb above a token, or the root of its sentence."""
    while token.head.i != token.i and token.pos_ not in ("VERB", "AUX") and not _feature(token, "VerbForm"):
        token = token.head
    return token


def _verb_direction(verb: Token, forms: Mapping[str, frozenset[str]]) -> Direction | None:
    group = [verb, *(c for c in verb.children if c.dep_.startswith(("aux", "cop")))]
    helpers = {t.lower_ for t in group if t.i != verb.i}
    infinitive = any("Inf" in _feature(t, "VerbForm") for t in group)
    if helpers & (forms["modal"] | forms["werden"]) and infinitive:
        participle = "Part" in _feature(verb, "VerbForm") and helpers & {"haben", "sein"}
        return "past" if participle else "future"
    if any("Past" in _feature(t, "Tense") and "Fin" in _feature(t, "VerbForm") for t in group):
        return "past"
    if "Part" in _feature(verb, "VerbForm"):
        return "present" if helpers & forms["werden"] else "past"
    if infinitive and not any("Fin" in _feature(t, "VerbForm") for t in group):
        return "future"
    return "present" if verb.pos_ in ("VERB", "AUX") or helpers else None


def find_times(doc: Doc, published: date, words: TimeWords) -> tuple[TimeSpan, ...]:
    """The time expressions of a text, in order, without overlaps; the longest reading wins.

    Args:
        doc: any Doc. With morphology and dependencies, the tense of the governing verb decides between past and
            future; without, cue words of the clause do.
        published: the day that 'heute' means.
        words: of the language, from `load_times`.
    """
    source = _Source(doc, doc.text, words, published, doc.has_annotation("DEP") and doc.has_annotation("MORPH"))
    joined = _join(_atoms(source), source.text, words)
    return tuple(_span(f, source) for f in joined if not f.weak and f.role != "drop")


def _atoms(source: _Source) -> list[_Found]:
    """Single expressions, each with the preposition before it."""
    found: list[_Found] = []
    stop, anchor = 0, None
    for pattern, match in _candidates(source.text, source.words):
        if match.start() < stop or _is_blocked(pattern.rule, match, source):
            continue
        role, start = _prefix(match, stop, source)
        if found and found[-1].role == "night" and source.words.joins["night"].fullmatch(source.text, stop, match.start()):
            role = ""  # 'auf' does not point forward in 'in der Nacht von Mittwoch auf Donnerstag'
        if period := _resolve(pattern, match, _Case(source, *match.span(), role, anchor)):
            weak = pattern.rule in WEAK and not role and len([g for g in match.groups() if g]) == 1
            found.append(_Found(pattern.rule, period, start, *match.span(), role, weak))
            stop, anchor = match.end(), period if period.precision != "years" else anchor
    return found


def _candidates(text: str, words: TimeWords) -> list[tuple[Pattern, re.Match[str]]]:
    found = [(p, m) for p in words.patterns for m in p.regex.finditer(text)]
    return sorted(found, key=lambda pm: (pm[1].start(), -pm[1].end()))


def _resolve(pattern: Pattern, match: re.Match[str], case: _Case) -> Period | None:
    try:
        return RULES[pattern.rule](_values(pattern, match, case.source.words), case)
    except (ValueError, OverflowError):  # a day outside the calendar
        return None


def _values(pattern: Pattern, match: re.Match[str], words: TimeWords) -> dict[str, Any]:
    """Group -> the value of its word, or its number."""
    told = {group: text for group, text in match.groupdict().items() if text is not None}
    tables = {group: words.words.get(pattern.tables[group]) for group in told}
    return {g: int(t) if (table := tables[g]) is None else table[re.sub(r"\s+", " ", t).casefold()] for g, t in told.items()}


def _is_blocked(rule: str, match: re.Match[str], source: _Source) -> bool:
    text, start, stop = source.text, match.start(), match.end()
    before = text[max(0, start - WINDOW) : start]
    if any(b.rule == rule and b.holds(before, text, stop) for b in source.words.blocked):
        return True
    if rule == "deictic":
        return text[start].isupper() and not _begins_sentence(text, start)
    return rule == "year" and stop - start == 4 and source.parsed and _counts(source.doc, start, stop)


def _begins_sentence(text: str, start: int) -> bool:
    before = text[max(0, start - WINDOW) : start]
    return not before.strip() or "\n" in before[len(before.rstrip()) :] or before.rstrip()[-1] in '.!?:;(„“”"»«–-•'


def _counts(doc: Doc, start: int, stop: int) -> bool:
    """Whether the parse says that a number counts the noun after it ('2000 Menschen')."""
    span = doc.char_span(start, stop, alignment_mode="expand")
    if span is None or span.root.dep_ != "nummod":
        return False
    return span.root.head.i > span.root.i and "Plur" in _feature(span.root.head, "Number")


def _prefix(match: re.Match[str], floor: int, source: _Source) -> tuple[str, int]:
    """The role of the preposition before an expression, and where the expression starts with it."""
    text, start = source.text, match.start()
    low = max(floor, start - WINDOW)
    found = source.words.prefix.search(text[low:start])
    role = found.lastgroup if found else None
    if role in (None, "open") and source.words.from_suffix.match(text, match.end()):
        return "from", start
    return role or "", low + found.start() if found else start


def _join(found: Sequence[_Found], text: str, words: TimeWords) -> Iterator[_Found]:
    """Expressions with appositions, ranges and prefixes put together."""
    i = 0
    while i < len(found):
        first = found[i]
        while i + 1 < len(found) and (same := _apposed(first, found[i + 1], text, words)):
            first, i = same, i + 1
        if i + 1 < len(found) and (pair := _ranged(first, found[i + 1], text, words)):
            first, i = pair, i + 1
        yield first
        i += 1


def _apposed(first: _Found, second: _Found, text: str, words: TimeWords) -> _Found | None:
    """'am Montag, dem 6. Dezember', 'am heutigen 8. Mai', 'gestern (Mittwoch)': one day, said twice."""
    pair = (first.rule, second.rule)
    gap = text[first.stop : second.core]
    known = pair in {("weekday", "date"), ("deictic", "date"), ("deictic", "weekday")}
    if not known or second.role not in ("", "at") or not words.joins["apposition"].fullmatch(gap):
        return None
    period = second.period if second.rule == "date" else first.period
    if first.rule == "weekday" and period.yearless:
        period = _same_weekday(first.period, period)
    stop = second.stop + (gap.endswith("(") and text[second.stop : second.stop + 1] == ")")
    return replace(first, period=period, stop=stop, rule="date")


def _same_weekday(day: Period, dated: Period) -> Period:
    """A date without a year takes the year in which it falls on the weekday that is told."""
    moved = (_in_year(dated, dated.begin.year + y) for y in (0, -1, 1))
    return next((p for p in moved if p.begin.weekday() == day.begin.weekday()), dated)


def _in_year(period: Period, year: int) -> Period:
    months = (year - period.begin.year) * 12
    return replace(period, begin=add_months(period.begin, months), end=add_months(period.end, months))


def _ranged(first: _Found, second: _Found, text: str, words: TimeWords) -> _Found | None:
    """'von A bis B', 'zwischen A und B', 'in der Nacht von A auf B'."""
    gap = text[first.stop : second.core]
    opener = first.role if first.role in ("open", "night") else ""
    linked = words.joins["range"].fullmatch(gap) or (opener and words.joins[opener].fullmatch(gap))
    if not linked or second.rule in ("days", "distance"):
        return None
    a, b = _align(first, second)
    if a.begin > b.end:
        return None
    return replace(first, period=Period(a.begin, b.end, _precision(a, b)), stop=second.stop, role="range", weak=False)


def _align(first: _Found, second: _Found) -> tuple[Period, Period]:
    """The two ends of a range in order: the end with no year follows the other."""
    a, b = first.period, second.period
    if a.yearless:
        a = _in_year(a, b.begin.year)
        a = _in_year(a, b.begin.year - 1) if a.begin > b.begin else a
    elif b.yearless and b.begin < a.begin:
        b = _in_year(b, a.begin.year)
    if first.rule == second.rule == "weekday" and b.begin < a.begin:
        a = replace(a, begin=days_later(a.begin, -7))
    return a, b


def _precision(a: Period, b: Period) -> Precision:
    if "years" in (a.precision, b.precision) or (b.end - a.begin).days > 366:
        return "years"
    return "range" if a.precision == "day" else a.precision


def _span(found: _Found, source: _Source) -> TimeSpan:
    """The span with what its preposition says of the interval."""
    period, published = found.period, source.published
    if found.role == "night":
        period = Period(days_later(period.begin, -1), period.end, "range")
    if found.role == "since" and published > period.end:
        period = replace(period, end=published, precision="range" if period.precision == "day" else period.precision)
    start = found.core if found.role in BARE and found.rule != "days" else found.start
    return TimeSpan(period.begin, period.end, period.precision, source.text[start : found.stop], start, found.stop)
