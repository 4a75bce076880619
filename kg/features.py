"""What can be seen of a fact that tells how far to trust it: explained features, from the tree, the links and the fact itself.

Names are 'group:value' for what is there or not (1.0), or a single word for a quantity. `kg.confidence` weighs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import log

from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.model import Fact
from kg.syntax import Sentences, ancestors, base, clause_head, finite, morph
from kg.trees import Token

FAR = 3  # sentences; an antecedent further away is no less certain than that
USUAL_LENGTH = 20  # words of a sentence, where its length neither speaks for nor against
NAMED = frozenset({"link:name", "link:acronym"})
LINKED = {"link:description": "description", "link:capital": "description", "link:event": "event", "link:pronoun": "pronoun"}
BESIDE = frozenset({"link:apposition", "link:predicative"})


def features_of(links: Links, draft: Draft, fact: Fact, told: int) -> dict[str, float]:
    """The features of a fact.

    Args:
        links: the entities of its article.
        draft: what it was made from.
        fact: as it is told.
        told: how many clauses and phrases of the article state it.

    Returns:
        Name -> value; features that are not there are left out.
    """
    found: dict[str, float] = {}
    for slot, cluster in (("subject", draft.subject), ("object", draft.object)):
        found.update(_filler(links, draft, slot, cluster))
    found.update(dict.fromkeys(_manner(fact), 1.0))
    found.update(_sentence(links, draft))
    found["repeated"] = log(max(told, 1))
    return {name: value for name, value in found.items() if value}


def _manner(fact: Fact) -> Iterator[str]:
    """How the fact is told: the kind of clause, its status, and what is told beside it."""
    yield from (part for part in fact.rule.split(" + ") if part.startswith("clause:"))
    yield f"status:{fact.status}"
    yield from (f"has:{slot}" for slot in ("source", "time", "place", "content") if getattr(fact, slot) is not None)


def _filler(links: Links, draft: Draft, slot: str, cluster: Cluster | None) -> Iterator[tuple[str, float]]:
    """How a slot is filled: by what kind of entity, linked how, how far from its antecedent and from the predicate."""
    if cluster is None:
        yield f"{slot}:none", 1.0
        return
    yield f"{slot}:{'named' if cluster.proper else 'common'} {cluster.kind}{' of a title' if draft.static else ''}", 1.0
    index = next((i for i in draft.fillers if links.of(i) is cluster), None)
    if index is None:
        yield f"{slot}:title" if draft.static else f"{slot}:phrase", 1.0
        return
    how = linking(links, cluster, index)
    yield f"{slot}:{how}", 1.0
    if how in {"pronoun", "description"}:
        yield f"{slot} distance", min(distance(links, cluster, index), FAR) / FAR
    yield f"{slot} gap", log(1 + abs(index - draft.anchor))
    if _odd_case(links.doc[index], slot, draft):
        yield f"{slot}:odd case", 1.0


def linking(links: Links, cluster: Cluster, index: int) -> str:
    """How the words of a slot were linked to their entity.

    Returns:
        'known' (a row of the actor tables), 'full name', 'short name', 'title' (beside the name), 'description', 'event',
        'pronoun', or 'new' (a phrase that stands for itself).
    """
    mention = links.mentions.at(links.doc[index])
    rule = links.rules.get(mention.head if mention is not None and index not in links.rules else index, "")
    if rule in BESIDE:
        return "title"
    if rule not in NAMED:
        return LINKED.get(rule, "new")
    if cluster.actor is not None:
        return "known"
    longest = max((len(n.split()) for n in cluster.names), default=1)
    return "short name" if mention is not None and len(mention.name.split()) < longest else "full name"


def distance(links: Links, cluster: Cluster, index: int) -> int:
    """Sentences between the words and the latest earlier mention of their entity; `FAR` if there is none."""
    sentences = Sentences.of(links.doc)
    before = [h for h in cluster.heads if h < index and links.rules.get(h) != "link:pronoun"]
    return sentences.number(index) - sentences.number(max(before)) if before else FAR


def _odd_case(token: Token, slot: str, draft: Draft) -> bool:
    """A subject in an oblique case, or an object in the nominative, where case should tell them apart."""
    if "clause:active" not in draft.rule or base(token.dep_) not in {"nsubj", "obj"}:
        return False
    case = morph(token, "Case")
    return case in {"Acc", "Dat"} if slot == "subject" else case == "Nom"


def _sentence(links: Links, draft: Draft) -> Iterator[tuple[str, float]]:
    """What speaks for a tree that is hard to read."""
    doc, sentences = links.doc, Sentences.of(links.doc)
    start, end = sentences.span(sentences.number(draft.anchor))
    anchor = doc[draft.anchor]
    yield "length", log(max(end - start, 1) / USUAL_LENGTH)
    yield "depth", log(1 + sum(1 for _ in ancestors(anchor)))
    yield "sentence:first", float(start == 0)
    yield "sentence:no finite verb", float(finite(clause_head(anchor)) is None)
    yield "sentence:loose words", float(any(doc[i].dep_ == "dep" for i in range(start, end)))
