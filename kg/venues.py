"""Where events take place, as their own noun phrases tell beyond a plain 'in'.

Rules: `place:vote` ('die türkischen Kommunalwahlen', 'die US-Präsidentschaftswahl'), `place:of` ('die Anschläge von Paris'),
`place:target` ('ein Anschlag auf eine Moschee in Kabul'), `place:company` ('das Treffen der Minister in Riga').
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.lexicon import Lexicon, stem
from kg.mentions import Mention
from kg.modifiers import actor_of_adjective, actor_of_phrase, compound_prefix, prep_of, stands_for_genitive, title_span
from kg.syntax import adposition, children, conjuncts
from kg.trees import Token

Told = Iterator[tuple[Cluster, int, str]]


def venue_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """The places that the phrase of an event tells."""
    own = links.of(mention.head)
    if own is None or own.kind != "Event" or mention.determiner == "neg":
        return
    token = links.doc[mention.head]
    classes = classes_of_event(links.lexicon, token.lemma_)
    if not classes:
        return
    told = (*_of_vote(links, token, classes), *_of_name(links, token, classes), *_of_target(links, token, classes))
    for place, trigger, rule in (*told, *_of_company(links, token, classes)):
        yield Draft(own, "located_in", place, token.i, rule, triggers=(token.i, trigger), span=title_span(links, token))


def classes_of_event(lexicon: Lexicon, noun: str) -> frozenset[str]:
    """The classes of `events.toml` to which the last parts of a noun belong."""
    tail = noun.rpartition("-")[2].lower()
    return frozenset(c for i in range(len(tail) - 3) if (c := lexicon.event_classes.get(stem(tail[i:]))) is not None)


def _of_vote(links: Links, token: Token, classes: frozenset[str]) -> Told:
    """The state or land whose vote it is, if no phrase tells a place."""
    if links.lexicon.grammar["contests"]["votes"] not in classes or any(_inside(links, c) for c in children(token, "nmod")):
        return
    for child in children(token, "amod"):
        if child.text[:1].islower() and (found := actor_of_adjective(links, child)) is not None and found.kind == "Place":
            yield found, child.i, "place:vote"
    prefix = compound_prefix(token.text)
    if prefix is not None and (found := actor_of_phrase(links, prefix)) is not None and found.kind == "Place":
        yield found, token.i, "place:vote"


def _of_name(links: Links, token: Token, classes: frozenset[str]) -> Told:
    """The town after which an event is called; a state behind 'von' is rather who did it."""
    words = links.lexicon.grammar["settings_of_events"]
    if classes.isdisjoint(words["called_after_places"]) or token.lemma_.lower().endswith(tuple(words["led_from"])):
        return
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if case is None or not stands_for_genitive(links, case) or found is None or not _is_town(links, found):
            continue
        if links.rules.get(child.i) != "link:capital" and len(conjuncts(child)) == 1:
            yield found, child.i, "place:of"


def _of_target(links: Links, token: Token, classes: frozenset[str]) -> Told:
    """The place of what an attack hit."""
    words = links.lexicon.grammar["settings_of_events"]
    if classes.isdisjoint(words["hitting"]):
        return
    for target in children(token, "nmod"):
        case = adposition(target)
        if case is not None and prep_of(links, case) in words["struck"]:
            yield from _nested(links, [target], "place:target")


def _of_company(links: Links, token: Token, classes: frozenset[str]) -> Told:
    """The place that the tree hangs on those who come together; a government's is its own."""
    words = links.lexicon.grammar
    elsewhere = not classes.isdisjoint(words["settings_of_events"]["elsewhere"])
    for phrase in children(token, "nmod") if not elsewhere else ():
        case, inner = adposition(phrase), links.of(phrase)
        theirs = case is None or stands_for_genitive(links, case) or prep_of(links, case) in words["settings_of_events"]["among"]
        governs = phrase.lemma_.lower().endswith(tuple(words["titles"]["governing"]))
        if theirs and not governs and inner is not None and inner.kind in {"Organization", "Person", "Group"}:
            yield from _nested(links, conjuncts(phrase), "place:company")


def _nested(links: Links, phrases: list[Token], rule: str) -> Told:
    """The places in which the phrases are said to be."""
    for inner in (c for phrase in phrases for c in children(phrase, "nmod")):
        if (found := _inside(links, inner)) is not None:
            yield found, inner.i, rule


def _inside(links: Links, phrase: Token) -> Cluster | None:
    """The named place in which something is."""
    case, found = adposition(phrase), links.of(phrase)
    inside = case is not None and prep_of(links, case) in links.lexicon.grammar["prepositions"]["place"]
    return found if inside and found is not None and found.kind == "Place" and found.proper else None


def _is_town(links: Links, place: Cluster) -> bool:
    state = place.actor is not None and place.actor.name in links.lexicon.states
    return place.kind == "Place" and place.proper and not state
