"""Who or what the parts of a noun phrase name: the first part of a compound, an adjective, a preposition."""

from __future__ import annotations

from collections.abc import Callable

from kg.clusters import Cluster, Links
from kg.lexicon import ADJECTIVE_ENDINGS, Actor, split_adjective, stem
from kg.syntax import base
from kg.trees import Token

BODIES = frozenset({"Organization", "Place"})


def prep_of(links: Links, case: Token) -> str:
    """A preposition without its article ('zum' -> 'zu')."""
    return str(links.lexicon.grammar["contractions"].get(case.lower_, case.lower_))


def stands_for_genitive(links: Links, case: Token) -> bool:
    """Whether a preposition stands for a genitive."""
    return prep_of(links, case) in links.lexicon.grammar["prepositions"]["genitive"]


def compound_prefix(word: str) -> str | None:
    """What stands before the last hyphen of a compound: 'US' of 'US-Außenminister'."""
    head, dash, _ = word.rpartition("-")
    return head if dash and head else None


def actor_of_phrase(links: Links, phrase: str) -> Cluster | None:
    """The actor that a compound part names: a row of the tables, or a name of the article."""
    keys = tuple(stem(w) for w in phrase.split())
    for names, actor in links.lexicon.actors.get(keys[0], ()) if keys else ():
        if names == keys and actor.kind in BODIES and phrase in _spellings(links, actor):
            found = links.actor(state_of(links, actor), phrase)
            found.told += 1
            return found
    for cluster in links.clusters:
        if cluster.proper and cluster.kind in BODIES and any(stem(n) == stem(phrase) for n in cluster.names):
            return cluster
    return None


def _spellings(links: Links, actor: Actor) -> set[str]:
    """The actor's names as a compound can hold them, with a linking letter or without their last."""
    letters = links.lexicon.grammar["compounds"]
    names = (actor.name, *actor.names)
    longer = {n + x for n in names for x in letters["adds"]}
    return {*names, *longer, *(n.removesuffix(x) for n in names for x in letters["drops"])}


def is_organ(links: Links, token: Token) -> bool:
    """Whether a noun names an organ of a state."""
    words = {token.text.lower(), token.lemma_.lower()}
    return any(w.endswith(organ) for w in words for organ in links.lexicon.grammar["titles"]["organs"])


def state_of(links: Links, actor: Actor) -> Actor:
    """A metonym stands for its state."""
    return links.lexicon.by_name.get(actor.state, actor) if actor.metonym and actor.state else actor


def actor_of_adjective(links: Links, token: Token) -> Cluster | None:
    """The state, place or organisation that an adjective names ('belgisch', 'Berliner')."""
    text = token.text
    low = text.lower()
    endings = (e for e in (*ADJECTIVE_ENDINGS, "") if low.endswith(e))
    if actor := next((a for e in endings if (a := links.lexicon.adjectives.get(low[: len(low) - len(e)]))), None):
        found = links.actor(actor)
        found.told += 1
        return found
    if text[:1].isupper() and text.endswith(links.lexicon.grammar["titles"]["city_ending"]) and token.i + 1 < len(token.doc):
        return _city_adjective(links, text)
    return None


def actor_of_suffixed(links: Links, adjective: Token, endings: str) -> Cluster | None:
    """The actor in front of an adjective's hyphen, if one of the listed endings follows: 'SPD-nahe'."""
    front, dash, last = adjective.text.rpartition("-")
    base_form = split_adjective(last.lower())[0]
    known = base_form in links.lexicon.grammar["titles"][endings]
    return actor_of_phrase(links, front) if dash and front and known else None


def _city_adjective(links: Links, text: str) -> Cluster | None:
    if actor := links.lexicon.adjectives.get(text.lower()):
        return links.actor(actor)
    for keys, actor in (*links.lexicon.actors.get(stem(text), ()), *links.lexicon.actors.get(text[:-2].lower(), ())):
        if len(keys) == 1 and actor.kind == "Place" and actor.name.lower() in {text[:-2].lower(), text[:-1].lower()}:
            return links.actor(actor)
    return None


def title_span(links: Links, token: Token) -> tuple[int, int]:
    """Title and name together."""
    top = token
    while base(top.dep_) in {"appos", "flat"} and top.head != top:
        top = top.head
    inside = [t.i for t in top.subtree if not _clausal(t, top)]
    return min(inside), max(inside) + 1


def _clausal(token: Token, top: Token) -> bool:
    while token != top:
        if base(token.dep_) in {"acl", "advcl", "ccomp", "conj", "parataxis", "cc", "xcomp"}:
            return True
        token = token.head
    return False


def body_in_compound(links: Links, token: Token, head: Callable[[Links, str], bool]) -> Cluster | None:
    """The nearest body of the article that the first part of a compound names: 'Landtagspräsident', 'Parteivorstand'.

    Args:
        head: whether a word, in lower case, may be the last part.
    """
    word = token.text.rpartition("-")[2].lower()
    best: tuple[int, Cluster] | None = None
    for cluster in links.clusters:
        others = [h for h in cluster.heads if h != token.i] if cluster.kind == "Organization" else []
        nouns = {n.lower() for n in cluster.nouns} | {n.split()[-1].lower() for n in cluster.names if n.split()} if others else ()
        if any(_opens(links, word, noun, head) for noun in nouns):
            distance = min(abs(h - token.i) for h in others)
            best = (distance, cluster) if best is None or distance < best[0] else best
    return best[1] if best else None


def _opens(links: Links, word: str, noun: str, head: Callable[[Links, str], bool]) -> bool:
    """Whether a compound begins with the noun or its last part ('Regierungssprecher', 'Bundesregierung')."""
    letters = links.lexicon.grammar["compounds"]["adds"]
    for size in range(len(word) - 4, 3, -1):
        front, rest = word[:size], word[size:]
        if noun.endswith(front) and any(head(links, r) for r in (rest, *(rest.removeprefix(x) for x in letters))):
            return True
    return False


def main_place(links: Links, states: bool) -> Cluster | None:
    """The state, or the place that is none, that the article speaks of most; None if another is spoken of as often."""
    known = [c for c in links.clusters if c.actor is not None and c.kind == "Place"]
    places = [c for c in known if c.actor is not None and (c.actor.name in links.lexicon.states) == states]
    counts = sorted(((len(c.heads) + c.told, c) for c in places), key=lambda pair: -pair[0])
    if counts and (len(counts) == 1 or counts[0][0] > counts[1][0]):
        return counts[0][1]
    return None
