"""Who somebody is, from the facts: names, offices with their times, what it did and what was said of it, what it said itself."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from kg.graph import distinct, entities
from kg.occurrences import span

Row = Mapping[str, Any]

SLOTS = ("subject", "object", "alt_objects", "source", "place")
OFFICE = "holds_office"
NEAR = 5  # names that are suggested
ALIKE = 0.6  # how alike (difflib) a suggested name is at least


@dataclass(frozen=True, slots=True)
class Candidate:
    """An entity that a name may mean.

    Attributes:
        iri, name, kind, wikidata, names: who it is; `names` are all its names, the longest first.
        facts: how many facts and quotations it is in.
    """

    iri: str
    name: str
    kind: str
    wikidata: str | None
    names: tuple[str, ...]
    facts: int


@dataclass(frozen=True, slots=True)
class Office:
    """An office that somebody holds, held or is to hold.

    Attributes:
        name: of the office with its body or state.
        statuses: as the facts tell, each once, the latest last.
        begin, end: first and last day (ISO) on which a fact tells it; the article's day where the fact has no time.
        facts: the rows, by time.
    """

    name: str
    statuses: tuple[str, ...]
    begin: str
    end: str
    facts: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Profile:
    """All that the graph says about one entity.

    Attributes:
        who: the entity.
        offices: by their first day.
        facts: the other facts it is subject, object or content of, by time; undated ones on their article's day.
        claims: facts that are attributed to it.
        here: facts that happened there, of a place.
        quotations: what it said, by the article's day.
    """

    who: Candidate
    offices: tuple[Office, ...]
    facts: tuple[Row, ...]
    claims: tuple[Row, ...]
    here: tuple[Row, ...]
    quotations: tuple[Row, ...]

    def record(self) -> dict[str, Any]:
        """The profile as JSON: facts as `Store.facts` gives them."""
        who = {"name": self.who.name, "names": list(self.who.names), "type": self.who.kind, "wikidata": self.who.wikidata}
        offices = [
            {"office": o.name, "statuses": list(o.statuses), "begin": o.begin, "end": o.end, "facts": [f["iri"] for f in o.facts]}
            for o in self.offices
        ]
        parts = {"facts": self.facts, "claims": self.claims, "here": self.here, "quotations": self.quotations}
        return {**who, "iri": self.who.iri, "offices": offices, **{key: list(map(dict, rows)) for key, rows in parts.items()}}

    def _repr_html_(self) -> str:
        head = f"<h3>{escape(self.who.name)} <small>({escape(self.who.kind)})</small></h3>"
        offices = "".join(f"<li>{escape(o.name)} <small>{escape(times(o.begin, o.end))}</small></li>" for o in self.offices)
        quotes = "".join(f"<li>{escape(q['text'])} <small>{escape(q['article'])}</small></li>" for q in self.quotations)
        return f"{head}<ul>{offices}</ul>{html_table(self.facts)}<ul>{quotes}</ul>"


def html_table(facts: Iterable[Row]) -> str:
    """Facts as a table in HTML, everything from the articles escaped; for notebooks."""
    heads = "".join(f"<th>{name}</th>" for name in ("time", "fact", "status", "according to", "place", "evidence", "article"))
    rows = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells(fact)) + "</tr>" for fact in facts)
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def cells(fact: Row) -> tuple[str, ...]:
    """A fact for people: time, fact, status, source, place, evidence, article; '' for what is unknown."""
    source, place = (fact[slot]["name"] if fact[slot] else "" for slot in ("source", "place"))
    article = fact["article_title"] or fact["article"]
    return told_time(fact), sentence(fact), fact["status"], source, place, fact["evidence"], article


def sentence(fact: Row) -> str:
    """Subject, relation and object in one line; '?' for a subject that the text does not tell."""
    ends = [e["name"] for e in [fact["object"], *fact["alt_objects"]] if e]
    return " ".join([fact["subject"]["name"] if fact["subject"] else "?", fact["relation"], ", ".join(ends)]).rstrip()


def told_time(fact: Row) -> str:
    """The time of a fact as its text tells it; in brackets the article's day if it tells none."""
    if not (fact.get("begin") or fact.get("date")):
        return f"({fact['article_date']})" if fact["article_date"] else ""
    if fact.get("precision") in ("range", "years"):
        return times(fact["begin"], fact["end"])
    return str(fact["date"] or fact["begin"])


def times(begin: str, end: str) -> str:
    """One day, or two joined by a dash."""
    return begin if begin == end else f"{begin} – {end}"


def by_time(facts: Iterable[Row]) -> list[Row]:
    """The facts by first day, article and place in the text."""
    return sorted(facts, key=lambda f: (*span(f), f["article"], f["span"], f["iri"]))


class People:
    """Everybody of a graph, to be found by name.

    Args:
        facts, statements: as `Store.facts` and `Store.statements` give them, in any order.
    """

    def __init__(self, facts: Iterable[Row], statements: Iterable[Row] = ()) -> None:
        self.facts, self.statements = distinct(facts), distinct(statements)
        known = entities(self.statements, ("speaker_entity",)) | entities(self.facts, SLOTS)
        counts = dict.fromkeys(known, 0)
        for iri in self._mentions():
            counts[iri] += 1
        self.known = {iri: _candidate(iri, entity, counts[iri]) for iri, entity in sorted(known.items())}

    def find(self, text: str) -> list[Candidate]:
        """Who may be meant: by IRI or Wikidata id, else by a full name, else by words of a name; most facts first.

        Case and accents do not matter. Who has the very name is preferred to who has it among others.
        """
        exact = [c for c in self.known.values() if text in (c.iri, c.wikidata)]
        wanted = fold(text)
        fits: dict[int, list[Candidate]] = {}
        for candidate in self.known.values():
            fits.setdefault(_fit(candidate, wanted), []).append(candidate)
        levels = [exact, *(fits.get(level, []) for level in (1, 2, 3))]
        return sorted(next(filter(None, levels), []), key=lambda c: (-c.facts, c.name, c.iri))

    def near(self, text: str) -> list[str]:
        """Names that look like it, the likest first."""
        names = {fold(name): c.name for c in self.known.values() for name in reversed(c.names)}
        likest = difflib.get_close_matches(fold(text), names, 3 * NEAR, ALIKE)
        return list(dict.fromkeys(names[name] for name in likest))[:NEAR]

    def profile(self, who: Candidate) -> Profile:
        """All about one of `known`."""
        own = [f for f in self.facts if who.iri in _iris(f, ("subject", "object", "alt_objects"))]
        held = [f for f in own if f["relation"] == OFFICE and f["object"] and _iris(f, ("subject",)) == [who.iri]]
        rest = by_time(f for f in own if f not in held)
        claims, here = (by_time(f for f in self.facts if who.iri in _iris(f, (slot,))) for slot in ("source", "place"))
        said = [s for s in self.statements if s["speaker_entity"] and s["speaker_entity"]["iri"] == who.iri]
        said.sort(key=lambda s: (s["article_date"] or "", s["article"], s["quote"], s["iri"]))
        return Profile(who, tuple(_offices(held)), tuple(rest), tuple(claims), tuple(here), tuple(said))

    def _mentions(self) -> Iterator[str]:
        for fact in self.facts:
            yield from dict.fromkeys(_iris(fact, SLOTS))
        yield from (s["speaker_entity"]["iri"] for s in self.statements if s["speaker_entity"])


def _fit(candidate: Candidate, wanted: str) -> int:
    """1 for the very name, 2 for another of its names, 3 for words of one; 0 for none."""
    names = [fold(name) for name in candidate.names]
    if not wanted or fold(candidate.name) == wanted:
        return 1 if wanted else 0
    words = set(wanted.split())
    return 2 if wanted in names else 3 if any(words <= set(name.split()) for name in names) else 0


def fold(text: str) -> str:
    """A name without accents, case and punctuation."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss")).casefold()
    return " ".join("".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split())


def _candidate(iri: str, entity: Mapping[str, Any], facts: int) -> Candidate:
    return Candidate(iri, entity["name"], entity["kind"], entity["wikidata"], entity["names"], facts)


def _iris(fact: Row, slots: Sequence[str]) -> list[str]:
    values = [fact[slot] for slot in slots]
    return [e["iri"] for v in values for e in (v if isinstance(v, list) else [v] if v else [])]


def _offices(facts: Iterable[Row]) -> list[Office]:
    """By name: an office is another entity in each article."""
    groups: dict[str, list[Row]] = {}
    for fact in by_time(facts):
        groups.setdefault(fold(fact["object"]["name"]), []).append(fact)
    return [_office(group) for group in groups.values()]


def _office(facts: Sequence[Row]) -> Office:
    days = [span(fact) for fact in facts]
    statuses = tuple(reversed(dict.fromkeys(f["status"] for f in reversed(facts))))
    name = facts[0]["object"]["name"]
    return Office(name, statuses, min(b for b, _ in days), max(e for _, e in days), tuple(facts))
