"""What a wider word takes up: 'Die IG Metall ... Die Gewerkschaft', 'Die Kanzlerin ... Die Regierungschefin'.

Rules: `link:hypernym` (a bare definite noun for a class of bodies, a state or the holder of a class of offices),
`link:own-state` ('sein Land').
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from kg.clusters import Cluster, Links
from kg.lexicon import stem
from kg.mentions import Mention
from kg.modifiers import actor_of_adjective, actor_of_phrase, compound_prefix
from kg.syntax import Sentences, children, clause_head, morph
from kg.trees import Token

WINDOW = 3  # sentences that a description reaches back
SUBJECT_BONUS = 0.35


def taken_up(links: Links, mention: Mention) -> Cluster | None:
    """The entity that a bare definite description takes up by a wider word."""
    table = links.lexicon.grammar["hypernyms"]
    if mention.number == "Plur" or mention.determiner not in {"def", "dem"}:
        return None
    if is_age(links, mention):
        return _latest(links, mention, lambda c: _is_of_age(links, c, mention))
    if mention.role is not None:
        found = _holder(links, mention, table["offices"].get(mention.role.masculine, ()))
        called = mention.role.masculine.lower().endswith(tuple(table["callings"]))
        return _latest(links, mention, lambda c: _can_be(c, mention)) if found is None and called else found
    lemma = links.doc[mention.head].lemma_
    if mention.kind == "Place":
        return _latest(links, mention, lambda c: _is_state(links, c)) if lemma in table["states"] else None
    names = _classes_of(table["nouns"], lemma.lower()) if mention.kind in {"Organization", "Group"} else []
    rows = [_class(links, name) for name in names]
    return _latest(links, mention, lambda c: any(_belongs(c, row) for row in rows)) if rows else None


def _can_be(cluster: Cluster, mention: Mention) -> bool:
    """Whether a named person can be of a calling of which nothing was told: 'Der Schriftsteller' for Günter Grass."""
    return cluster.kind == "Person" and cluster.proper and {cluster.gender, mention.gender} != {"Masc", "Fem"}


def is_age(links: Links, mention: Mention) -> bool:
    """Whether a phrase names somebody by an age: 'der 45-Jährige'."""
    return mention.role is not None and mention.role.masculine == links.lexicon.grammar["hypernyms"]["aged"]


def _is_of_age(links: Links, cluster: Cluster, mention: Mention) -> bool:
    """Whether a person can be 'der 45-Jährige': nothing tells another age or gender."""
    if cluster.kind != "Person" or mention.role is None or {cluster.gender, mention.gender} == {"Masc", "Fem"}:
        return False
    roles = [m.role for h in cluster.heads if (m := links.mentions.by_head.get(h)) is not None and m.role is not None]
    ages = [r.prefix for r in roles if r.masculine == mention.role.masculine]
    return all(a == mention.role.prefix for a in ages) and (cluster.proper or bool(ages))


def _classes_of(nouns: dict[str, list[str]], lemma: str) -> list[str]:
    """The classes that the longest last part of a noun names."""
    return next((nouns[lemma[i:]] for i in range(max(1, len(lemma) - 4)) if lemma[i:] in nouns), [])


def _is_state(links: Links, cluster: Cluster) -> bool:
    return cluster.kind == "Place" and cluster.actor is not None and cluster.actor.name in links.lexicon.states


@dataclass(frozen=True, slots=True)
class _Class:
    """A class of bodies: names of the actor tables, last parts of words; `others`: those of other classes, None if closed."""

    names: frozenset[str]
    endings: tuple[str, ...]
    others: tuple[str, ...] | None


def _class(links: Links, name: str) -> _Class:
    classes: dict[str, dict[str, Any]] = links.lexicon.grammar["hypernyms"]["classes"]
    row, others = classes[name], None
    if row.get("open"):
        others = tuple(e for other, r in classes.items() if other != name for e in r["endings"])
        others += tuple(links.lexicon.grammar["titles"]["organs"])
    return _Class(frozenset(row["names"]), tuple(row["endings"]), others)


def is_of_class(links: Links, cluster: Cluster, name: str) -> bool:
    """Whether a body is of a class of the table: 'political_party', 'union', 'court' ..."""
    return _belongs(cluster, _class(links, name))


def is_party(links: Links, cluster: Cluster) -> bool:
    """Whether a body is a political party."""
    return is_of_class(links, cluster, links.lexicon.grammar["hypernyms"]["parties"])


def _belongs(cluster: Cluster, row: _Class) -> bool:
    if cluster.kind != "Organization" or cluster.generic:
        return False
    listed = cluster.actor is not None and cluster.actor.name in row.names
    if listed or _ends_in(cluster, row.endings):
        return True
    unknown = cluster.actor is None and cluster.proper and row.others is not None
    return unknown and not _ends_in(cluster, row.others or ())


def _ends_in(cluster: Cluster, endings: tuple[str, ...]) -> bool:
    """Whether a word of its names, or a noun that describes it, ends in one of these."""
    words = [w for n in cluster.names for w in n.split() if w[:1].isupper()]
    return any(w.lower().endswith(endings) for w in (*words, *cluster.nouns))


def _latest(links: Links, mention: Mention, fits: Callable[[Cluster], bool]) -> Cluster | None:
    """The most salient entity of the sentences before that fits and is no other part of the same clause."""
    sentences, token = Sentences.of(links.doc), links.doc[mention.head]
    here, clause = sentences.number(token.i), clause_head(token)
    first = sentences.starts[max(0, here - WINDOW)]
    scores: dict[int, tuple[float, int, Cluster]] = {}
    for head in range(first, token.i):
        cluster = links.of_head.get(head)
        if cluster is None or not fits(cluster):
            continue
        near = 1.0 / (1 + here - sentences.number(head)) + (SUBJECT_BONUS if head in cluster.subjects else 0.0)
        before = scores.get(id(cluster), (0.0, -1, cluster))
        barred = before[0] < 0 or (here == sentences.number(head) and clause_head(links.doc[head]) == clause)
        scores[id(cluster)] = (-1.0, head, cluster) if barred else (max(near, before[0]), head, cluster)
    best = max(scores.values(), key=lambda s: s[:2], default=None)
    return best[2] if best is not None and best[0] > 0 else None


def _holder(links: Links, mention: Mention, classes: list[str] | tuple[str, ...]) -> Cluster | None:
    """The latest named person whose titles, or the tables, tell that office or one of those classes."""
    role = mention.role
    if role is None or role.prefix is not None:
        return None
    wanted = (stem(role.masculine), stem(role.feminine))
    persons = [c for c in links.clusters if c.kind == "Person" and c.proper and any(h < mention.head for h in c.heads)]
    persons.sort(key=lambda c: max(h for h in c.heads if h < mention.head), reverse=True)
    fitting = [c for c in persons if not c.gender or not mention.gender or c.gender == mention.gender]
    known = (c for c in fitting if any(stem(o).endswith(w) for o in _known_offices(c) for w in wanted))
    return next(known, None) or next((c for c in fitting if classes and set(_categories(links, c)) & set(classes)), None)


def _known_offices(cluster: Cluster) -> list[str]:
    return [office for office, _ in cluster.actor.offices] if cluster.actor is not None else []


def _categories(links: Links, cluster: Cluster) -> Iterator[str]:
    """The classes of the offices that a person's titles tell, or that the tables know."""
    for head in cluster.heads:
        mention = links.mentions.by_head.get(head)
        if mention is not None and mention.role is not None:
            yield mention.role.category
    for office in _known_offices(cluster):
        if (role := links.lexicon.role_of_noun(office, office)) is not None:
            yield role.category


def own_state(links: Links, mention: Mention) -> Cluster | None:
    """The state of whom a possessive stands for: 'sein Land'."""
    if mention.determiner != "poss" or links.doc[mention.head].lemma_ not in links.lexicon.grammar["hypernyms"]["own_state"]:
        return None
    words = (c for c in links.doc[mention.head].children if c.dep_ == "det:poss" or morph(c, "Poss") == "Yes")
    owner = next((links.of_head[c.i] for c in words if c.i in links.of_head), None)
    if owner is None or owner.kind != "Person":
        return owner if owner is not None and _is_state(links, owner) else None
    titles = (s for h in owner.heads if (s := _state_of_title(links, links.doc[h])) is not None)
    tables = (links.lexicon.by_name.get(body) for _, body in (owner.actor.offices if owner.actor is not None else ()))
    known = (links.actor(a) for a in tables if a is not None and a.name in links.lexicon.states)
    return next(titles, None) or next(known, None)


def _state_of_title(links: Links, title: Token) -> Cluster | None:
    """The state that a title tells: 'der russische Präsident', 'US-Präsident', 'Präsident der Ukraine'."""
    prefix = compound_prefix(title.text)
    told: list[Cluster | None] = [actor_of_phrase(links, prefix) if prefix else None]
    told += [actor_of_adjective(links, c) for c in children(title, "amod")]
    told += [links.of(c) for c in children(title, "nmod") if morph(c, "Case") == "Gen"]
    return next((c for c in told if c is not None and _is_state(links, c)), None)
