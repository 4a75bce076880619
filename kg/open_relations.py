"""Clauses between two actors whose predicate no frame knows: kept as `related_to`, apart from the facts of the frames.

They show what the lexicon lacks (`kg lexicon missing`), and that something was said between two actors (`kg extract --open`).
Rule: `open:` and the predicate's lemma with its particle, after the rules of the clause.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.clauses import Clause, find_clauses
from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import ACTORS, Matcher
from kg.lexicon import Lexicon
from kg.linking import link
from kg.mentions import find_mentions
from kg.model import Article
from kg.repair import repair
from kg.syntax import Sentences, clause_head
from kg.trees import Doc, Token

if TYPE_CHECKING:
    from spacy.language import Language

RELATION = "related_to"
SHORT = {"Person": "PER", "Organization": "ORG", "Place": "LOC", "Group": "GRP"}
OTHER = {"Event": "EVENT", "Document": "DOC", "Topic": "THING", "Office": "OFFICE"}
DEPS = {"subj": "nsubj", "obj": "obj", "dat": "iobj", "gen": "obl:gen"}
NO_ACTOR = frozenset({"subj", "comp", "adv"})  # roles that hold no second actor


@dataclass(frozen=True, slots=True)
class Missing:
    """A predicate that no frame knows.

    Attributes:
        lemma: of the verb, with its particle.
        pattern: its arguments by UD relation and kind ('nsubj:PER obj:ORG obl:mit:THING').
        count, total: how often it was seen with this pattern, and with any.
        example: the sentence where it was seen first; `article` is the id of its article.
    """

    lemma: str
    pattern: str
    count: int
    total: int
    example: str
    article: str


def is_unknown(clause: Clause, lexicon: Lexicon) -> bool:
    """Whether no frame knows the verb by itself; auxiliaries and copulas say nothing of their own."""
    if clause.nominal or clause.lemma in _empty_verbs(lexicon):
        return False
    return all(frame.noun is not None for frame in lexicon.verb_frames.get(clause.lemma, ()))


def _empty_verbs(lexicon: Lexicon) -> frozenset[str]:
    verbs = (lexicon.cue("auxiliaries", name) for name in ("perfect", "future", "causative", "phase"))
    return frozenset(lexicon.grammar["frames"]["copular"]).union(*verbs)


def open_drafts(matcher: Matcher, clauses: Iterable[Clause], known: Iterable[Draft]) -> Iterator[Draft]:
    """The open relations of an article.

    Args:
        matcher: of the article.
        clauses: its clauses.
        known: the facts of the frames; two actors that one of them relates in the same clause are not related again.
    """
    doc = matcher.links.doc
    told: dict[int, list[frozenset[int]]] = defaultdict(list)
    for draft in known:
        told[clause_head(doc[draft.anchor]).i].append(frozenset({id(draft.subject), id(draft.object)}))
    for clause in clauses:
        if is_unknown(clause, matcher.lexicon):
            yield from _pairs(matcher, clause, told[clause_head(doc[clause.head]).i])


def _pairs(matcher: Matcher, clause: Clause, told: list[frozenset[int]]) -> Iterator[Draft]:
    subjects = list(_actors(matcher, clause, "subj"))
    roles = _actor_roles(matcher.lexicon, clause) if subjects else []
    objects = [(role, *found) for role in roles for found in _actors(matcher, clause, role)]
    for i, subject in subjects:
        for role, j, other in objects:
            if subject is not other and frozenset({id(subject), id(other)}) not in told:
                name = clause.lemma if role in {"obj", "dat"} else f"{clause.lemma}>{role}"
                rule = f"{clause.rule} + open:{name}"
                yield Draft(subject, RELATION, other, clause.head, rule, triggers=(clause.head,), fillers=(i, j))


def _actor_roles(lexicon: Lexicon, clause: Clause) -> list[str]:
    """The roles in which a second actor can be; who is named as a source or by a role is none."""
    beside = lexicon.cue("quotation", "prepositions") | lexicon.cue("quotation", "postpositions")
    none = NO_ACTOR | beside | {lexicon.grammar["prepositions"]["role"]}
    return [role for role in clause.args if role not in none]


def _actors(matcher: Matcher, clause: Clause, role: str) -> Iterator[tuple[int, Cluster]]:
    """The arguments of a role that are actors: persons, organisations, groups, and states, but not where something happens."""
    where = role in matcher.lexicon.grammar["prepositions"]["location"]
    for index in clause.args.get(role, ()):
        cluster = matcher.links.of(index)
        if cluster is None or not _acts(matcher, cluster, index) or (where and cluster.kind == "Place"):
            continue
        yield index, cluster


def _acts(matcher: Matcher, cluster: Cluster, index: int) -> bool:
    if cluster.kind == "Place":
        return cluster.actor is not None and cluster.actor.name in matcher.lexicon.states
    return cluster.kind in ACTORS and matcher.acts(cluster, index)


# What the lexicon lacks


def missing(nlp: Language, lexicon: Lexicon, articles: Iterable[Article], *, things: bool = False) -> list[Missing]:
    """The predicates between actors that no frame knows, the most frequent verb first, and its most frequent pattern.

    Args:
        nlp: the pipeline.
        lexicon: whose frames are asked.
        articles: where to look.
        things: also predicates of an actor whose other arguments are events, documents or topics.
    """
    seen: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for parsed, article in nlp.pipe(((a.text, a) for a in articles), as_tuples=True):
        doc = Doc(parsed)
        repair(doc, lexicon)
        matcher = Matcher(link(doc, find_mentions(doc, lexicon), lexicon))
        for clause in find_clauses(doc, lexicon):
            if is_unknown(clause, lexicon) and (pattern := _pattern(matcher, clause, things)):
                seen[clause.lemma, pattern].append((_sentence(doc[clause.head]), article.id))
    totals = Counter(lemma for (lemma, _), places in seen.items() for _ in places)
    found = [Missing(*key, len(places), totals[key[0]], *places[0]) for key, places in seen.items()]
    return sorted(found, key=lambda m: (-m.total, m.lemma, -m.count, m.pattern))


def _pattern(matcher: Matcher, clause: Clause, things: bool) -> str | None:
    """The arguments that count for a frame; None if they are no actor and another actor (or a thing, if `things`)."""
    if not list(_actors(matcher, clause, "subj")):
        return None
    roles = _actor_roles(matcher.lexicon, clause)
    actors = [role for role in roles if any(_actors(matcher, clause, role))]
    if not actors and not (things and any(_kind(matcher, clause, role) for role in roles)):
        return None
    shown = {role for role in roles if role in DEPS or role in actors or not actors} | {"subj"}
    order = sorted(shown, key=lambda r: (list(DEPS).index(r) if r in DEPS else len(DEPS), r))
    told = [f"{DEPS.get(role, f'obl:{role}')}:{kind}" for role in order if (kind := _kind(matcher, clause, role))]
    return " ".join(told + (["ccomp"] if clause.args.get("comp") else []))


def _kind(matcher: Matcher, clause: Clause, role: str) -> str | None:
    """The kind of a role's first entity, an actor before a thing."""
    actors = [cluster for _, cluster in _actors(matcher, clause, role)]
    others = (cluster for i in clause.args[role] if (cluster := matcher.links.of(i)) is not None)
    first = next(iter([*actors, *others]), None)
    return (SHORT | OTHER)[first.kind] if first is not None else None


def _sentence(token: Token) -> str:
    sentences = Sentences.of(token.doc)
    start, end = sentences.span(sentences.number(token.i))
    return " ".join(token.doc.words(start, end).split())
