"""What the rooms of this package hand to each other: frozen records, no behaviour beyond reading them.

Offsets are half-open and count Unicode code points. Inside the pipeline they point into `Article.text` (normalised);
in `Evidence`, and in everything that leaves the package, they point into `Article.original`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

Status = Literal["asserted", "negated", "planned", "possible", "ended"]
Kind = Literal["Person", "Organization", "Place", "Event", "Document", "Group", "Office", "Topic"]
Scope = Literal["global", "article"]
Precision = Literal["day", "month", "year", "range", "years"]

StatementType = Literal["direct", "indirect", "reported", "free_indirect", "indirect_free_indirect"]
Offsets = tuple[tuple[int, int], ...]

STATUSES: tuple[Status, ...] = ("asserted", "negated", "planned", "possible", "ended")
KINDS: tuple[Kind, ...] = ("Person", "Organization", "Place", "Event", "Document", "Group", "Office", "Topic")


@dataclass(frozen=True, slots=True)
class Article:
    """One news article.

    Attributes:
        id: unique in a run and in a store.
        text: the normalised text that is analysed.
        date: the day of publication, on which relative times depend.
        original: the text that published offsets point into (file with header; `text` of JSONL; text extracted from HTML).
        offsets: `offsets[i]` is where `text[i]` stands in `original`; `len(text) + 1` long.
        path: where it was read from, for messages.
    """

    id: str
    text: str
    date: date
    original: str
    offsets: Sequence[int]
    title: str | None = None
    url: str | None = None
    lang: str = "de"
    path: str | None = None

    def locate(self, start: int, end: int) -> tuple[int, int]:
        """Offsets into `original` for offsets into `text`."""
        return (self.offsets[start], self.offsets[end - 1] + 1) if end > start else (self.offsets[start],) * 2

    @property
    def content_hash(self) -> str:
        """SHA-256 (hex) of all that the extraction depends on."""
        parts = (self.id, self.date.isoformat(), self.title or "", self.url or "", self.lang, self.original)
        return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Entity:
    """Someone or something that facts are about.

    Attributes:
        kind: one of `KINDS`.
        name: the fullest name; also the first of `names`.
        names: every surface form found in the article, the fullest first.
        wikidata: item id ('Q7184'), only when the actor tables are certain.
        scope: 'global' if the name means the same in every article, 'article' for events, documents, topics, groups
            and mere descriptions ('der Minister').
        of: for an Office, the name of its body or state, where known.
    """

    kind: Kind
    name: str
    names: tuple[str, ...]
    wikidata: str | None = None
    scope: Scope = "article"
    of: str | None = None

    def record(self) -> dict[str, Any]:
        """The JSON shape of an entity."""
        return {"name": self.name, "names": list(self.names), "type": self.kind, "wikidata": self.wikidata}


def _record(entity: Entity | None) -> dict[str, Any] | None:
    return entity.record() if entity is not None else None


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A time expression as a closed interval of days.

    Attributes:
        begin, end: first and last day.
        precision: 'day', 'month', 'year'; 'range' for other intervals within or across those; 'years' for several years.
        text: the expression as it stands in the text.
        start, stop: its offsets in `Article.text`.
    """

    begin: date
    end: date
    precision: Precision
    text: str
    start: int
    stop: int

    @property
    def iso(self) -> str | None:
        """`YYYY-MM-DD`, `YYYY-MM` or `YYYY`; a range of days gives its first day; several years give None."""
        day = self.begin.isoformat()
        return {"day": day, "range": day, "month": day[:7], "year": day[:4], "years": None}[self.precision]


@dataclass(frozen=True, slots=True)
class Evidence:
    """The sentence or clause that states a fact: offsets and exact text in `Article.original`.

    `triggers` are the offsets of the words that made the rule fire, within `original` too.
    """

    article: str
    start: int
    end: int
    text: str
    triggers: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """One subject-relation-object fact.

    Attributes:
        subject: None if the actor is not told.
        relation: snake_case name of a relation of the ontology.
        object: None only where the relation has none (`dies`).
        content: the content beside an addressee ('fordert von Y [object] Z [content]').
        source: to whom the text attributes the claim.
        rule: the names of the rules that made it, joined by ' + ' (clause rule, frame, status and linking rules).
        confidence: 0 to 1.
    """

    subject: Entity | None
    relation: str
    object: Entity | None
    status: Status
    evidence: Evidence
    content: Entity | None = None
    source: Entity | None = None
    time: TimeSpan | None = None
    place: Entity | None = None
    rule: str = ""
    confidence: float = 1.0

    def record(self) -> dict[str, Any]:
        """The JSON shape of a fact: one line of `kg extract --format jsonl`."""
        time = self.time
        return {
            "article": self.evidence.article,
            "subject": _record(self.subject),
            "relation": self.relation,
            "object": _record(self.object),
            "alt_objects": [self.content.record()] if self.content else [],
            "status": self.status,
            "source": _record(self.source),
            "date": time.iso if time else None,
            "begin": time.begin.isoformat() if time else None,
            "end": time.end.isoformat() if time else None,
            "precision": time.precision if time else None,
            "place": _record(self.place),
            "evidence": self.evidence.text,
            "span": [self.evidence.start, self.evidence.end],
            "triggers": [list(t) for t in self.evidence.triggers],
            "rule": self.rule,
            "confidence": round(self.confidence, 3),
        }


@dataclass(frozen=True, slots=True)
class OpenFact(Fact):
    """A clause between two actors whose predicate no frame knows: relation `related_to`, apart from the facts.

    `rule` ends in 'open:' with `predicate`: the lemma of the verb with its particle, and '>' with the preposition if the object
    has one ('einreden>auf').
    """

    predicate: str = ""

    def record(self) -> dict[str, Any]:
        """The JSON shape: that of a fact, with `frame` and `predicate`."""
        return {**Fact.record(self), "frame": f"open:{self.predicate}", "predicate": self.predicate}


@dataclass(frozen=True, slots=True)
class Statement:
    """Something said, written or thought, as the text gives it.

    Attributes:
        article: the id of the article.
        type: 'direct' (in quotation marks), 'indirect' (under or beside words of saying), 'reported' (the act of saying
            with its topic), 'indirect_free_indirect' (Konjunktiv that runs on), 'free_indirect' (hearsay that runs on).
        quote, cue, frame, speaker, addressee: where the words stand in `Article.original`, each as parts in text order:
            what was said, the words of saying, the clause or phrase that holds them, who said it, to whom.
        text: the words of `quote`, parts joined by ' … '.
        speaker_entity: who it is; None if the text names nobody.
        rule: the names of the rules that made it, joined by ' + '.
    """

    article: str
    type: StatementType
    quote: Offsets
    cue: Offsets = ()
    frame: Offsets = ()
    speaker: Offsets = ()
    addressee: Offsets = ()
    text: str = ""
    speaker_entity: Entity | None = None
    rule: str = ""

    def record(self) -> dict[str, Any]:
        """The JSON shape of a statement: one line of `kg extract --statements --format jsonl`."""
        parts = {name: [list(part) for part in getattr(self, name)] for name in ("quote", "cue", "frame", "speaker", "addressee")}
        return {
            "article": self.article,
            "type": self.type,
            **parts,
            "text": self.text,
            "speaker_entity": _record(self.speaker_entity),
            "rule": self.rule,
        }


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line of `kg explain`: in which sentence, which step, which rule, what it did or why it did not."""

    sentence: int
    step: str
    rule: str
    text: str


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that one article gave; `open_facts` relate actors by predicates that no frame knows."""

    article: Article
    entities: tuple[Entity, ...]
    facts: tuple[Fact, ...]
    sentences: tuple[tuple[int, int], ...] = ()
    trace: tuple[TraceLine, ...] = field(default=(), repr=False)
    statements: tuple[Statement, ...] = ()
    open_facts: tuple[OpenFact, ...] = ()
