"""How found facts are matched with annotated ones: names that mean the same, facts that say the same, one to one.

An entity is a record with `name`, `names`, `type`, `wikidata`, a fact one as `Fact.record()` gives it. Two entities are the
same if their Wikidata ids are equal, or if at least half of the found names match an annotated one: equal after case, accents,
articles and endings are gone, or sharing most words; persons by their last name. Kinds must be compatible unless names are equal.
"""

from __future__ import annotations

import json
import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from kg import vocab
from kg.errors import KgError
from kg.resources import ontologies

Record = Mapping[str, Any]

ENOUGH = 0.5  # the similarity from which two names, or two facts, count as the same
SAME_RELATION, SAME_STATUS = 0.001, 0.0005  # what decides between facts that match equally well
_KINDS = {"Organization": "body", "Place": "body", "Group": "body", "Event": "thing", "Document": "thing", "Topic": "thing"}
_QUOTES = re.compile("[„“”\"'’‚‘»«()\u00ad]")


@cache
def _words_file() -> Mapping[str, Any]:
    return tomllib.loads((ontologies() / "de" / "matching.toml").read_text("utf-8"))


@cache
def _stopwords() -> frozenset[str]:
    return frozenset(_words_file()["stopwords"])


@lru_cache(maxsize=200_000)
def words(name: str) -> tuple[str, ...]:
    """The words of a text without accents, case, quotation marks and function words; all of them if no other is left."""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).replace("ß", "ss").lower())
    text = "".join(c for c in text if not unicodedata.combining(c))
    found = re.findall(r"\w+", _QUOTES.sub("", text).replace("-", " "))
    return tuple([w for w in found if w not in _stopwords()] or found)


def stem(word: str) -> str:
    """A rough stem: endings come off as long as four letters stay."""
    endings = _words_file()["endings"]
    while end := next((e for e in endings if word.endswith(e) and len(word) - len(e) >= 4), ""):
        word = word[: -len(end)]
    return word


@lru_cache(maxsize=200_000)
def _stems(name: str) -> tuple[str, ...]:
    return tuple(map(stem, words(name)))


@lru_cache(maxsize=500_000)
def name_likeness(x: str, y: str, person: bool) -> float:
    """How alike two names are, 0 to 1."""
    stems = _stems(x), _stems(y)
    if not all(stems):
        return 0.0
    if stems[0] == stems[1]:
        return 1.0
    a, b = map(set, stems)
    shared, part = len(a & b) / len(a | b), a <= b or b <= a
    if person:
        return 0.9 if stems[0][-1] == stems[1][-1] and (part or shared >= 0.6) else 0.0
    return max(shared if shared >= 0.4 else 0.0, 0.6 if part and abs(len(a) - len(b)) <= 3 else 0.0)


def _names(entity: Record) -> list[str]:
    return list(dict.fromkeys(n for n in (entity.get("name"), *(entity.get("names") or ())) if n))


def likeness(gold: Record | None, found: Record | None) -> float:
    """How sure it is that two entities are the same, 0 to 1; nobody is the same as nobody."""
    if gold is None or found is None:
        return float(gold is found)
    if gold.get("wikidata") and gold.get("wikidata") == found.get("wikidata"):
        return 1.0
    kinds = gold.get("type"), found.get("type")
    theirs, ours = _names(gold), _names(found)
    if all(kinds) and len({_KINDS.get(str(k), k) for k in kinds}) > 1:
        return float(any(words(x) == words(y) for x in theirs for y in ours))
    hits = [max((name_likeness(x, y, "Person" in kinds) for x in theirs), default=0.0) for y in ours]
    return max(hits, default=0.0) if 2 * sum(h >= ENOUGH for h in hits) >= len(hits) else 0.0


def fact_likeness(gold: Record, found: Record, strict: bool) -> float:
    """How well two facts match, 0 to 1.

    Args:
        gold: annotated; an entity of `alt_objects` serves as the object as well.
        found: extracted; the same, for its first one.
        strict: the relation must be the same, and directions too unless it is symmetric.
    """
    if strict and gold["relation"] != found["relation"]:
        return 0.0
    theirs = [gold["object"], *gold.get("alt_objects", ())]
    ours = [found.get("object"), *(found.get("alt_objects") or ())[:1]]
    straight = min(likeness(gold["subject"], found.get("subject")), max(likeness(x, y) for x in theirs for y in ours))
    relation = vocab.relations().get(gold["relation"])
    if strict and not (relation is not None and relation.symmetric):
        return straight
    turned = min(max(likeness(x, found.get("subject")) for x in theirs), max(likeness(gold["subject"], y) for y in ours))
    return max(straight, turned)


def match(gold: Sequence[Record], found: Sequence[Record], strict: bool) -> list[tuple[int, int]]:
    """Pairs of annotated and found facts of one article, by their positions, the best first; each is in one pair at most."""

    def worth(i: int, j: int) -> float:
        same_relation = bool(gold[i]["relation"] == found[j]["relation"])
        same_status = bool(gold[i].get("status") == found[j].get("status"))
        return fact_likeness(gold[i], found[j], strict) + SAME_RELATION * same_relation + SAME_STATUS * same_status

    return best_pairs(len(gold), len(found), worth)


def best_pairs(n: int, m: int, worth: Callable[[int, int], float]) -> list[tuple[int, int]]:
    """Greedy one-to-one pairs of positions below `n` and `m` that are worth `ENOUGH`, the best first."""
    scored = sorted((-worth(i, j), i, j) for i in range(n) for j in range(m))
    taken: tuple[set[int], set[int]] = (set(), set())
    pairs = []
    for negative, i, j in scored:
        if -negative >= ENOUGH and i not in taken[0] and j not in taken[1]:
            taken[0].add(i)
            taken[1].add(j)
            pairs.append((i, j))
    return pairs


def load_gold(folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The annotated facts of a folder's `*.json` files, by article, entities in place of their ids.

    Raises:
        KgError: there is none, or one is malformed.
    """
    gold: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(folder.glob("*.json")):
        try:
            data = json.loads(path.read_text("utf-8"))
            entities = {e["id"]: e for e in data["entities"]}
            gold[data["article"]] = [_resolved(fact, entities) for fact in data["facts"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            hint = "needs article, entities and facts, and entities for all ids"
            raise KgError(f"no annotated facts: {error!r}", where=str(path), hint=hint) from error
    if not gold:
        raise KgError("no annotated articles here", where=str(folder), hint="a folder with NAME.txt and NAME.json is expected")
    return gold


def _resolved(fact: Record, entities: Mapping[str, Record]) -> dict[str, Any]:
    slots = {key: entities[fact[key]] if fact.get(key) else None for key in ("subject", "object", "source", "place")}
    return {**fact, **slots, "alt_objects": [entities[i] for i in fact.get("alt_objects") or ()]}
