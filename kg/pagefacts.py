"""The facts and quotations as the page's scripts read them: rows of numbers that point into tables, each text once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from kg import page, vocab
from kg.model import STATUSES
from kg.occurrences import span

Row = Mapping[str, Any]

FACT: tuple[str, ...] = (
    "subject", "relation", "object", "content", "status", "source", "place", "begin", "end", "when", "article", "text", "span",
    "marks", "rule", "confidence", "corrected",
)  # fmt: skip
QUOTE: tuple[str, ...] = ("speaker", "type", "article", "text", "span")
TONES: tuple[str, ...] = ("cooperation", "conflict", "neutral")
EPOCH = date(1970, 1, 1).toordinal()


class Tables:
    """Texts, rules, articles and relations by number, in the order in which they are first asked for.

    Args:
        number: the number of an entity by its IRI.
        label: relation -> its words in the page's language.
    """

    def __init__(self, number: Mapping[str, int], label: Callable[[str], Mapping[str, Any]]) -> None:
        self.number, self._label = number, label
        self._texts: dict[str, int] = {}
        self._rules: dict[str, int] = {}
        self._articles: dict[str, int] = {}
        self._rows: list[Row] = []

    def facts(self, facts: Sequence[Row]) -> dict[str, Any]:
        """The facts as columns' names and rows; `relations` by name, see `page_relations`."""
        names = sorted({f["relation"] for f in facts})
        order = {name: index for index, name in enumerate(names)}
        rows = [self._fact(fact, order) for fact in facts]
        return {"columns": FACT, "rows": rows, "relations": names}

    def quotes(self, statements: Iterable[Row]) -> dict[str, Any]:
        """Who said what, by article and place in the text; what nobody known said is left out."""
        told = [s for s in statements if s["speaker_entity"] and s["speaker_entity"]["iri"] in self.number]
        unique = {s["iri"]: s for s in told}.values()
        ordered = sorted(unique, key=lambda s: (s["article_date"] or "", s["article"], s["quote"], s["iri"]))
        return {"columns": QUOTE, "rows": [self._quote(statement) for statement in ordered]}

    def relations(self, names: Iterable[str]) -> dict[str, Any]:
        """What is known about relations: label, tone, event type (None for attributes), whether it is a state."""
        return {name: dict(self._label(name)) for name in names}

    def tables(self) -> dict[str, Any]:
        """What the rows point into; to be asked for last."""
        return {"passages": list(self._texts), "rules": list(self._rules), "articles": [_article(row) for row in self._rows]}

    def _fact(self, fact: Row, order: Mapping[str, int]) -> list[Any]:
        begin, end = days(fact)
        return [
            self._who(fact["subject"]),
            order[fact["relation"]],
            self._who(fact["object"]),
            [self.number[e["iri"]] for e in fact["alt_objects"]] or 0,
            STATUSES.index(fact["status"]),
            self._who(fact["source"]),
            self._who(fact["place"]),
            begin,
            end,
            when(fact),
            self._article(fact),
            self._texts.setdefault(page.clean(fact["evidence"]), len(self._texts)),
            fact["span"],
            marks(fact),
            self._rules.setdefault(fact["rule"] or "", len(self._rules)),
            fact["confidence"],
            fact.get("corrected") or 0,
        ]

    def _quote(self, statement: Row) -> list[Any]:
        text = self._texts.setdefault(page.clean(statement["text"]), len(self._texts))
        spot = statement["quote"][0] if statement["quote"] else [0, 0]
        return [self.number[statement["speaker_entity"]["iri"]], statement["type"], self._article(statement), text, spot]

    def _who(self, entity: Row | None) -> int | None:
        return self.number[entity["iri"]] if entity else None

    def _article(self, row: Row) -> int:
        if row["article"] not in self._articles:
            self._articles[row["article"]] = len(self._rows)
            self._rows.append(row)
        return self._articles[row["article"]]


def _article(row: Row) -> dict[str, Any]:
    url = page.web_address(row["article_url"])
    return {"id": row["article"], "title": row["article_title"], "date": row["article_date"], "url": url}


def known(name: str, lang: str) -> dict[str, Any]:
    """What the page says about a relation: label, tone, event type, whether it holds for some time."""
    relation = vocab.relations().get(name)
    if relation is None:
        return {"label": name.replace("_", " "), "tone": "neutral", "type": None, "state": False}
    label = relation.label_de if lang == "de" else relation.label_en
    return {"label": label, "tone": tone(name), "type": relation.event_type, "state": relation.state}


def tone(relation: str) -> str:
    """'cooperation', 'conflict' or 'neutral'."""
    found = vocab.relations().get(relation)
    return found.quad_class.rpartition(" ")[2] if found else "neutral"


def days(fact: Row) -> tuple[int | None, int | None]:
    """First and last day as days since 1970-01-01; None for both if the fact tells no time."""
    begin = fact.get("begin") or fact.get("date")
    if not begin:
        return None, None
    try:
        first, last = (date.fromisoformat(day).toordinal() - EPOCH for day in span({**fact, "begin": begin}))
    except ValueError:  # a store of other hands
        return None, None
    return first, last


def when(fact: Row) -> str | None:
    """The time for people: a day, month or year, or both ends of an interval; None if the fact tells none."""
    begin, end = fact.get("begin"), fact.get("end")
    if fact.get("precision") in ("range", "years") and begin and end and begin != end:
        return f"{begin} – {end}"
    return fact.get("date") or begin


def marks(fact: Row) -> list[int]:
    """Where the trigger words stand in the evidence: begin and end of each in turn, ascending, apart from each other."""
    length, start, found, at = len(fact["evidence"]), fact["span"][0], [], 0
    for begin, end in sorted((max(a - start, 0), min(b - start, length)) for a, b in fact["triggers"]):
        if end > max(begin, at):
            found += [max(begin, at), end]
            at = end
    return found
