"""Networks over time: the same measures in moving windows."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from kg.centrality import rank, summary
from kg.errors import ConfigError
from kg.network import Network
from kg.occurrences import span
from kg.paths import EXACT
from kg.projections import project
from kg.selection import Selection

_LENGTH = re.compile(r"([1-9]\d{0,3})([dwmy])")


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time: so many days, or so many calendar months."""

    days: int = 0
    months: int = 0

    @classmethod
    def of(cls, text: str) -> Length:
        """A length from '30d', '2w', '3m' or '1y'.

        Raises:
            ConfigError: it is written differently.
        """
        match = _LENGTH.fullmatch(text)
        if match is None:
            raise ConfigError(f"no length of time: {text!r}", hint="a number with d, w, m or y: 30d, 2w, 3m, 1y")
        number = int(match[1])
        return {"d": cls(number), "w": cls(7 * number), "m": cls(0, number), "y": cls(0, 12 * number)}[match[2]]

    def after(self, day: date, times: int = 1) -> date:
        """The day so many lengths later; in a shorter month its last day."""
        months = day.year * 12 + day.month - 1 + self.months * times
        year, month = divmod(months, 12)
        return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) + timedelta(self.days * times)


@dataclass(frozen=True, slots=True)
class Window:
    """A window of time, both days included, and the network of the facts that overlap it."""

    begin: date
    end: date
    network: Network


def windows(since: date, until: date, width: Length, step: Length) -> Iterator[tuple[date, date]]:
    """First and last days of windows of a width, a step apart, that begin from `since` to `until`."""
    for times in range(100_000):
        begin = step.after(since, times)
        if begin > until:
            return
        yield begin, width.after(begin) - timedelta(1)


def moving(
    rows: Sequence[Mapping[str, Any]], width: str, step: str | None = None, *, selection: Selection | None = None, **how: Any
) -> list[Window]:
    """The networks of moving windows.

    Args:
        rows: facts as `Store.facts` gives them.
        width, step: lengths ('30d', '3m'); without step, one window follows the other.
        selection: which facts count; its time bounds the windows, else the days of the facts do: the first window begins with
            the month of the first fact if the step is in months, else with its day.
        how: further arguments of `projections.project`.

    Raises:
        ConfigError: a length of time is malformed.
    """
    chosen, long, apart = selection or Selection(), Length.of(width), Length.of(step or width)
    facts = chosen.facts(rows)
    if not facts:
        return []
    first = chosen.since or date.fromisoformat(min(span(f)[0] for f in facts))
    last = chosen.until or date.fromisoformat(max(span(f)[0] for f in facts))
    start = first if chosen.since or not apart.months else first.replace(day=1)
    spans = windows(start, last, long, apart)
    return [Window(a, b, project(facts, selection=chosen.within(a, b), **how)) for a, b in spans]


def over_time(found: Iterable[Window], names: Sequence[str], exact: int = EXACT) -> list[dict[str, Any]]:
    """One row a window and actor: `begin`, `end`, then the columns of `centrality.Row`; the first measure ranks."""
    return [{**_days(w), **row.record()} for w in found for row in rank(w.network, names, exact=exact)]


def summaries(found: Iterable[Window]) -> list[dict[str, Any]]:
    """One row a window: `begin`, `end`, then `centrality.summary`."""
    return [{**_days(w), **summary(w.network)} for w in found]


def _days(window: Window) -> dict[str, str]:
    return {"begin": window.begin.isoformat(), "end": window.end.isoformat()}
