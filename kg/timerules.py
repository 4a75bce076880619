"""What the words of a time expression mean: one rule a kind of expression, words -> interval of days."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, Literal, Protocol

from kg.model import Precision

Direction = Literal["past", "present", "future"]
Groups = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Period:
    """A closed interval of days; `yearless` if its year is only the likeliest one."""

    begin: date
    end: date
    precision: Precision
    yearless: bool = False


class Case(Protocol):
    """What the reading of one expression depends on beside its words."""

    @property
    def text(self) -> str:
        """The expression."""

    @property
    def published(self) -> date:
        """The day that 'heute' means."""

    @property
    def anchor(self) -> Period | None:
        """The last time told before."""

    @property
    def direction(self) -> Direction | None:
        """Whether the clause speaks of the past or the future; None if nothing tells."""


def easter(year: int) -> date:
    """Easter Sunday of a year of the Gregorian calendar (Butcher's algorithm)."""
    a, (b, c) = year % 19, divmod(year, 100)
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    i = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    month, day = divmod(h + i - 7 * ((a + 11 * h + 22 * i) // 451) + 114, 31)
    return date(year, month, day + 1)


def days_later(day: date, number: float) -> date:
    return day + timedelta(days=int(number))


def add_months(day: date, number: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + number, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _months(first: date, number: int, precision: Precision) -> Period:
    first = first.replace(day=1)
    return Period(first, days_later(add_months(first, number), -1), precision)


def _year(year: int) -> Period:
    return Period(date(year, 1, 1), date(year, 12, 31), "year")


def _third(period: Period, part: int | None) -> Period:
    """The first, middle or last part of a period: a third of months and weeks, a quarter of years."""
    if part is None:
        return period
    length = (period.end - period.begin).days + 1
    size = length // (4 if length > 60 else 3)
    begin = days_later(period.begin, (0, (length - size) // 2, length - size)[part])
    return replace(period, begin=begin, end=days_later(begin, size - 1))


def _unit(day: date, unit: str) -> Period:
    """The week, weekend, month, year or decade that a day lies in."""
    if unit == "day":
        return Period(day, day, "day")
    if unit == "month":
        return _months(day, 1, "month")
    if unit == "year":
        return _year(day.year)
    if unit == "decade":
        return Period(date(day.year // 10 * 10, 1, 1), date(day.year // 10 * 10 + 9, 12, 31), "years")
    monday = days_later(day, -day.weekday())
    return Period(days_later(monday, 5 if unit == "weekend" else 0), days_later(monday, 6), "month")


def _shift(day: date, unit: str, number: float) -> date:
    """A day so many units later; 'day', 'week', 'weekend', 'month', 'year', 'decade'."""
    if unit in ("day", "week", "weekend"):
        return days_later(day, number * (1 if unit == "day" else 7))
    return add_months(day, int(number * {"month": 1, "year": 12, "decade": 120}[unit]))


def _gap(period: Period, case: Case) -> float:
    """Days between a period and the publication; those against the direction of the clause count four times."""
    after, before = (period.begin - case.published).days, (case.published - period.end).days
    if after > 0:
        return after * (4 if case.direction == "past" else 1)
    return before * (4 if case.direction == "future" else 1) if before > 0 else 0


def _choose(make: Callable[[int], Period | None], g: Groups, case: Case) -> Period | None:
    """A period that returns every year: in the year told, or in the one that lies nearest."""
    if (year := _told_year(g, case)) is not None:
        return make(year)
    periods = [p for y in range(-8, 9) if (p := make(case.published.year + y))]
    which = g.get("which")
    if which == 0:
        return make(case.published.year)
    if which is not None and which > 0:
        return next((p for p in periods if p.begin > case.published), None)
    if which is not None:
        return next((p for p in reversed(periods) if p.end < case.published), None)
    return replace(min(periods, key=lambda p: _gap(p, case)), yearless=True) if periods else None


def _told_year(g: Groups, case: Case) -> int | None:
    if "year" in g:
        return int(g["year"])
    if "short_year" in g:
        return 2000 + int(g["short_year"]) - (100 if g["short_year"] > case.published.year % 100 + 20 else 0)
    return case.published.year + int(g["shift"]) if "shift" in g else None


def _valid(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if day <= monthrange(year, month)[1] else None


def _rule_date(g: Groups, case: Case) -> Period | None:
    month, day = g.get("month") or g["numeric_month"], g.get("day") or g["ordinal"]
    make = lambda y: _unit(d, "day") if (d := _valid(y, month, day)) else None  # noqa: E731
    return _choose(make, g, case)


def _rule_days(g: Groups, case: Case) -> Period | None:
    month = g.get("month") or g["numeric_month"]

    def make(year: int) -> Period | None:
        first, last = _valid(year, month, g["day"]), _valid(year, month, g["last_day"])
        return Period(first, last, "range") if first and last and first < last else None

    return _choose(make, g, case)


def _rule_month(g: Groups, case: Case) -> Period | None:
    return _choose(lambda y: _third(_months(date(y, g["month"], 1), 1, "month"), g.get("part")), g, case)


def _rule_season(g: Groups, case: Case) -> Period | None:
    month, length = g["season"]
    return _choose(lambda y: _third(_months(date(y, month, 1), length, "year"), g.get("part")), g, case)


def _rule_fraction(g: Groups, case: Case) -> Period | None:
    size, number = g["fraction"], g.get("ordinal") or g["quarter"]
    if size * number > 12:
        return None
    year = _told_year(g, case)
    return _months(date(year or case.published.year, size * (number - 1) + 1, 1), size, "year")


def _rule_holiday(g: Groups, case: Case) -> Period | None:
    first, second, *rest = g["holiday"]
    length = rest[0] if rest else 1

    def make(year: int) -> Period:
        begin = days_later(easter(year), second) if first == "easter" else date(year, first, second)
        return Period(begin, days_later(begin, length - 1), "day" if length == 1 else "range")

    return _choose(make, g, case)


def _rule_weekday(g: Groups, case: Case) -> Period | None:
    today, which = case.published, g.get("which")
    ahead = (g["weekday"] - today.weekday()) % 7
    if "shift" in g or which == 0:
        return _unit(days_later(today, g.get("shift", 0) * 7 + g["weekday"] - today.weekday()), "day")
    if which is not None:
        steps = ahead or 7
        return _unit(days_later(today, steps + 7 * (which - 1) if which > 0 else ahead + 7 * which), "day")
    if case.direction == "future" or (case.direction == "present" and ahead <= 3):
        return _unit(days_later(today, ahead), "day")
    return _unit(days_later(today, ahead - 7 if ahead else 0), "day")


def _rule_deictic(g: Groups, case: Case) -> Period | None:
    day = days_later(case.published, g.get("deictic", g.get("deictic_adjective", 0)))
    return _unit(day, "day")


def _rule_period(g: Groups, case: Case) -> Period | None:
    unit, part = g.get("edge") or (g.get("unit", "year"), g.get("part"))
    number = g.get("which", g.get("yearly", 0))
    if unit == "weekend" and number > 0 and case.published.weekday() < 5:
        number -= 1
    day = _shift(case.published, unit, number)
    if (year := _told_year(g, case)) is not None:
        day = day.replace(year=year, day=1)
    return _third(_unit(day, unit), part)


def _rule_neighbour(g: Groups, case: Case) -> Period | None:
    unit, number = g["neighbour"]
    return _unit(_shift(case.published, unit, number), unit)


def _rule_weekend(g: Groups, case: Case) -> Period | None:
    """The last weekend that has begun; the next one that is not over if the clause points forward."""
    early = case.direction != "future" and case.published.weekday() < 5
    return _unit(days_later(case.published, -7 if early else 0), "weekend")


def _around(day: date, unit: str) -> Period:
    """The unit around a day; a week is clipped to the month of the day."""
    week, month = _unit(day, unit), _unit(day, "month")
    if unit != "week":
        return week
    return Period(max(week.begin, month.begin), min(week.end, month.end), "month")


def _number(g: Groups) -> float:
    return float(g.get("number", g.get("digits", 0)))


def _rule_distance(g: Groups, case: Case) -> Period | None:
    sign, number, unit = g["distance"], _number(g), g["counted"]
    if not number or (sign > 0 and case.direction == "past") or (sign == 2 and case.direction != "future"):
        return None
    day = _shift(case.published, unit, number * (1 if sign > 0 else -1))
    return Period(case.published, day, "month") if sign == 2 else _around(day, unit)


def _rule_trend(g: Groups, case: Case) -> Period | None:
    unit, number = g["counted"], _number(g)
    other = _shift(case.published, unit, number * g["trend"])
    precision: Precision = {"day": "range", "week": "month", "month": "year"}.get(unit, "years")  # type: ignore[assignment]
    return Period(min(other, case.published), max(other, case.published), precision) if number else None


def _rule_several(g: Groups, case: Case) -> Period | None:
    """'in den letzten Wochen', 'vor wenigen Tagen': at most so long ago, within the month or year of the publication."""
    unit, number, precision = g["several"]
    sign = g.get("trend", g.get("distance"))
    if sign > 0 and case.direction == "past":
        return None
    today, whole = case.published, _unit(case.published, precision)
    begin, end = (today, _shift(today, unit, number)) if sign > 0 else (_shift(today, unit, -number), today)
    return Period(max(begin, whole.begin), min(end, whole.end), precision)


def _rule_year(g: Groups, case: Case) -> Period | None:
    return _third(_year(g["year"]), g.get("part"))


def _rule_years(g: Groups, case: Case) -> Period | None:
    first = g["year"]
    last = g.get("last_year") or first // 100 * 100 + g["last_short"]
    if not first < last:
        return None
    # A school year, a season of sports: '2006/2007'.
    slash = "/" in case.text and last == first + 1
    return Period(date(first, 1, 1), date(last, 12, 31), "year" if slash else "years")


def _rule_decade(g: Groups, case: Case) -> Period | None:
    first = g.get("decade_word") or g["decade"]
    return _unit(date(first + 1900 if first < 100 else first, 1, 1), "decade")


def _rule_century(g: Groups, case: Case) -> Period | None:
    return Period(date(g["century"] * 100 - 99, 1, 1), date(g["century"] * 100, 12, 31), "years")


def _rule_anaphor(g: Groups, case: Case) -> Period | None:
    """Counted from the last time told, if that is as exact as the unit asks."""
    unit, number = g["anaphor"] if "anaphor" in g else (g["counted"], _number(g) * g["later"])
    exact = {"day": ("day", "range"), "week": ("day", "range"), "month": ("day", "range", "month")}
    anchor = case.anchor
    if anchor is None or anchor.precision not in exact.get(unit, ("day", "range", "month", "year")):
        return None
    return _around(_shift(anchor.begin, unit, number), unit)


_RULES = (
    _rule_date,
    _rule_days,
    _rule_month,
    _rule_weekday,
    _rule_deictic,
    _rule_period,
    _rule_neighbour,
    _rule_weekend,
    _rule_distance,
    _rule_trend,
    _rule_several,
    _rule_year,
    _rule_years,
    _rule_decade,
    _rule_century,
    _rule_season,
    _rule_fraction,
    _rule_holiday,
    _rule_anaphor,
)
RULES: Mapping[str, Callable[[Groups, Case], Period | None]] = {r.__name__.removeprefix("_rule_"): r for r in _RULES}
