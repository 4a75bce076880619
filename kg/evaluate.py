"""How good the extraction is: found facts and quotations against annotated ones.

Facts are matched strictly (subject, relation, object), exactly (the status too) and leniently (subject and object, either way
round, whatever the relation); quotations by the characters that they share.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kg.errors import KgError
from kg.matching import ENOUGH, Record, best_pairs, likeness, match, words

KINDS_OF_MATCH = ("strict", "exact", "lenient")
SLOTS = ("date", "place", "source")
QUOTE_TYPES = {
    "Direct": "direct",
    "Indirect": "indirect",
    "Reported": "reported",
    "FreeIndirect": "free_indirect",
    "IndirectFreeIndirect": "indirect_free_indirect",
}  # the annotation's names -> ours
Parts = Sequence[Sequence[int]]


@dataclass(frozen=True, slots=True)
class Score:
    """How many are right, of how many found and how many annotated."""

    right: int
    found: int
    gold: int

    @property
    def precision(self) -> float:
        """The share of right ones among those found; 0 if none is found."""
        return self.right / self.found if self.found else 0.0

    @property
    def recall(self) -> float:
        """The share of right ones among those annotated; 0 if none is."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall."""
        return 2 * self.right / (self.found + self.gold) if self.right else 0.0

    def record(self) -> dict[str, float]:
        """The JSON shape."""
        shares = {"precision": self.precision, "recall": self.recall, "f1": self.f1}
        return {"gold": self.gold, "found": self.found, "right": self.right, **{k: round(v, 4) for k, v in shares.items()}}


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    right: int
    of: int

    @property
    def value(self) -> float:
        """The share; 0 of none is 0."""
        return self.right / self.of if self.of else 0.0

    def record(self) -> dict[str, float]:
        """The JSON shape."""
        return {"right": self.right, "of": self.of, "share": round(self.value, 4)}


@dataclass(frozen=True, slots=True)
class FactReport:
    """Scores of facts.

    Attributes:
        overall: 'strict', 'exact', 'lenient'.
        relations: strict scores, the most frequent relation of the annotation first.
        slots: 'date', 'place', 'source', over the strict matches.
        status, evidence, kinds: over the strict matches, how many have the right status, share at least half of the words
            of the shorter evidence, and have subject and object of the right kind.
    """

    overall: Mapping[str, Score]
    relations: Mapping[str, Score]
    slots: Mapping[str, Score]
    status: Share
    evidence: Share
    kinds: Share

    def record(self) -> dict[str, Any]:
        """The JSON shape."""
        groups = {name: {k: v.record() for k, v in getattr(self, name).items()} for name in ("overall", "relations", "slots")}
        return {**groups, **{name: getattr(self, name).record() for name in ("status", "evidence", "kinds")}}


def score_facts(gold: Mapping[str, Sequence[Record]], found: Mapping[str, Sequence[Record]]) -> FactReport:
    """Scores found facts against annotated ones.

    Args:
        gold: article -> facts as `kg.matching.load_gold` gives them.
        found: article -> facts as `Fact.record()` gives them; articles without annotation do not count.
    """
    matched: list[tuple[Record, Record]] = []
    lenient = 0
    for article, facts in gold.items():
        ours = found.get(article, ())
        matched += [(facts[i], ours[j]) for i, j in match(facts, ours, strict=True)]
        lenient += len(match(facts, ours, strict=False))
    n, m = sum(map(len, gold.values())), sum(len(found.get(article, ())) for article in gold)
    same_status = sum(g.get("status") == f.get("status") for g, f in matched)
    right = {"strict": len(matched), "exact": same_status, "lenient": lenient}
    return FactReport(
        {kind: Score(right[kind], m, n) for kind in KINDS_OF_MATCH},
        _by_relation(gold, found, matched),
        {slot: _slot_score(slot, matched) for slot in SLOTS},
        Share(same_status, len(matched)),
        Share(sum(_same_evidence(g, f) for g, f in matched), len(matched)),
        Share(sum(_same_kinds(g, f) for g, f in matched), len(matched)),
    )


def _by_relation(
    gold: Mapping[str, Sequence[Record]], found: Mapping[str, Sequence[Record]], matched: Iterable[tuple[Record, Record]]
) -> dict[str, Score]:
    n = Counter(f["relation"] for facts in gold.values() for f in facts)
    m = Counter(f["relation"] for article in gold for f in found.get(article, ()))
    right = Counter(g["relation"] for g, _ in matched)
    return {name: Score(right[name], m[name], n[name]) for name in sorted({*n, *m}, key=lambda r: (-n[r], r))}


def _slot_score(slot: str, matched: Iterable[tuple[Record, Record]]) -> Score:
    right = ours = theirs = 0
    for g, f in matched:
        told, wanted = f.get(slot), g.get(slot)
        ours, theirs = ours + bool(told), theirs + bool(wanted)
        if told and wanted:
            right += told == wanted if slot == "date" else likeness(wanted, told) >= ENOUGH
    return Score(right, ours, theirs)


def _same_evidence(gold: Record, found: Record) -> bool:
    a, b = set(words(gold.get("evidence") or "")), set(words(str(found.get("evidence") or "")))
    return bool(a and b) and len(a & b) / min(len(a), len(b)) >= ENOUGH


def _same_kinds(gold: Record, found: Record) -> bool:
    return all((gold.get(slot) or {}).get("type") == (found.get(slot) or {}).get("type") for slot in ("subject", "object"))


def by_article(records: Iterable[Record]) -> dict[str, list[Record]]:
    """Records of facts or statements by the article that they are from."""
    found: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        found[str(record["article"])].append(record)
    return dict(found)


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    """The records of a file with one JSON object a line.

    Raises:
        KgError: the file cannot be read, or a line is no JSON object.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise KgError(f"cannot be read: {error}", where=str(path)) from error
    found = []
    for number, line in enumerate(lines, 1):
        try:
            record = json.loads(line) if line.strip() else None
        except ValueError as error:
            raise KgError(f"no JSON: {error}", where=f"{path}:{number}", hint="one object a line is expected") from error
        if record is not None and not isinstance(record, dict):
            raise KgError("no JSON object", where=f"{path}:{number}", hint="one object a line is expected")
        found += [record] if record is not None else []
    return found


# Quotations


@dataclass(frozen=True, slots=True)
class QuoteType:
    """Scores of one type of quotations.

    Attributes:
        gold: how many are annotated.
        spans: how many of them are found, of whatever type.
        speakers: of those found whose speaker is annotated, how many have the right one.
        typed: found with the right type as well.
    """

    gold: int
    spans: Share
    speakers: Share
    typed: Score

    def record(self) -> dict[str, Any]:
        """The JSON shape."""
        told = {name: getattr(self, name).record() for name in ("spans", "speakers", "typed")}
        return {"gold": self.gold, **told}


@dataclass(frozen=True, slots=True)
class QuoteReport:
    """Scores of quotations.

    Attributes:
        types: by our name of the annotated type, in the order of the annotation.
        overall: by the quoted words alone.
        speaker: of the matched ones whose speaker is annotated, how many have the right one.
        joint: words and speaker right.
    """

    types: Mapping[str, QuoteType]
    overall: Score
    speaker: Share
    joint: Score

    def record(self) -> dict[str, Any]:
        """The JSON shape."""
        told = {name: getattr(self, name).record() for name in ("overall", "speaker", "joint")}
        return {"types": {name: found.record() for name, found in self.types.items()}, **told}


def score_quotes(gold: Iterable[Record], found: Mapping[str, Sequence[Record]]) -> QuoteReport:
    """Scores found quotations against annotated ones.

    Args:
        gold: articles with `id` and `quotes`, each with `type`, `quote`, `speaker`; quotes without words do not count.
        found: article -> statements as `Statement.record()` gives them, offsets into the article's text.
    """
    annotated = {str(article["id"]): [q for q in article["quotes"] if q["quote"]] for article in gold}
    pairs = [(q, s) for id, quotes in annotated.items() for q, s in _matched_quotes(quotes, found.get(id, ()))]
    n = Counter(q["type"] for quotes in annotated.values() for q in quotes)
    m = Counter(s.get("type") for id in annotated for s in found.get(id, ()))
    types = {QUOTE_TYPES[name]: _quote_type(name, n[name], m[QUOTE_TYPES[name]], pairs) for name in n}
    speakers = _speakers(pairs)
    return QuoteReport(types, Score(len(pairs), m.total(), n.total()), speakers, Score(speakers.right, m.total(), n.total()))


def _quote_type(name: str, gold: int, found: int, pairs: Iterable[tuple[Record, Record]]) -> QuoteType:
    mine = [(q, s) for q, s in pairs if q["type"] == name]
    typed = sum(s.get("type") == QUOTE_TYPES[name] for _, s in mine)
    return QuoteType(gold, Share(len(mine), gold), _speakers(mine), Score(typed, found, gold))


def _speakers(pairs: Iterable[tuple[Record, Record]]) -> Share:
    named = [(q, s) for q, s in pairs if q["speaker"]]
    right = sum(overlap(_characters(q["speaker"]), _characters(s.get("speaker"))) >= ENOUGH for q, s in named)
    return Share(right, len(named))


def _matched_quotes(quotes: Sequence[Record], found: Sequence[Record]) -> list[tuple[Record, Record]]:
    theirs, ours = ([_characters(r["quote"]) for r in records] for records in (quotes, found))
    pairs = best_pairs(len(quotes), len(found), lambda i, j: overlap(theirs[i], ours[j]))
    return [(quotes[i], found[j]) for i, j in pairs]


def _characters(parts: Parts | None) -> frozenset[int]:
    return frozenset(c for start, end in parts or () for c in range(start, end))


def overlap(a: frozenset[int], b: frozenset[int]) -> float:
    """F1 of two sets of characters, 0 if they share none."""
    shared = len(a & b)
    return 2 * shared / (len(a) + len(b)) if shared else 0.0
