"""States that phrases of bodies, places, events and groups tell: to which state, whole or place they belong.

Rules: `body:prefix` and `body:compound` ('SPD-Fraktion', 'Parteivorstand'), `body:adjective`, `body:genitive`, `body:table` (the
actor tables), `body:in` ('die Regierung in Lomé'), `body:branch` ('die Hamburger Grünen', 'GEW Niedersachsen'), `place:in`,
`place:name`, `place:prefix`, `place:adjective`, `place:whole`, `group:genitive`.
"""

from __future__ import annotations

from collections.abc import Iterator

from spacy.tokens import Token

from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.lexicon import split_adjective
from kg.mentions import Mention
from kg.modifiers import (
    BODIES,
    actor_of_adjective,
    actor_of_phrase,
    body_in_compound,
    compound_prefix,
    is_organ,
    prep_of,
    stands_for_genitive,
    title_span,
)
from kg.syntax import adposition, children, morph


def body_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """To which state or whole an organisation belongs, and where it is."""
    token, own = links.doc[mention.head], links.of(mention.head)
    if own is None or own.kind != "Organization" or mention.determiner == "neg":
        return
    if mention.determiner == "indef" and not own.proper:
        return
    for whole, rule, triggers in _wholes(links, mention, token):
        if whole is not own:
            relation = _belonging(links, token, whole, rule)
            aside = rule == "body:table" or (rule == "body:prefix" and mention.number == "Plur")
            span = title_span(links, token)
            yield Draft(own, relation, whole, token.i, rule, triggers=triggers, static=True, span=span, aside=aside)


def _belonging(links: Links, token: Token, whole: Cluster, rule: str) -> str:
    """State organs are affiliated with their state, parliamentary groups with their party, branches part of their whole."""
    low = token.lemma_.lower()
    grammar = links.lexicon.grammar["titles"]
    if rule in {"place:in", "place:name"}:
        return "located_in"
    if rule == "body:branch" or low.endswith(tuple(grammar["inner_bodies"])):
        return "part_of"
    parliament = any(n.lower().endswith(p) for n in whole.names for p in grammar["parliaments"])
    if whole.kind == "Place" or parliament or any(low.endswith(w) for w in grammar["affiliated"]):
        return "affiliated_with"
    return "part_of"


def _wholes(links: Links, mention: Mention, token: Token) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    actor = mention.actor
    organ = actor is not None and actor.state and is_organ(links, links.doc[mention.end - 1])
    if organ and (state := links.lexicon.by_name.get(actor.state)):  # type: ignore[union-attr, arg-type]
        yield links.actor(state), "body:table", (token.i,)
    prefix = compound_prefix(token.text)
    if prefix and (found := actor_of_phrase(links, prefix)):
        yield found, "body:prefix", (token.i,)
    for child in _adjectives(token):
        inside = actor is not None and mention.start <= child.i < mention.end
        if not inside and is_organ(links, token) and (found := actor_of_adjective(links, child)):
            yield found, "body:adjective", (child.i, token.i)
    if (opened := body_in_compound(links, token, _is_inner)) is not None and actor is None:
        yield opened, "body:compound", (token.i,)
    yield from _attributes(links, mention, token)
    yield from _name_parts(links, mention)


def _is_inner(links: Links, word: str) -> bool:
    """Whether the last part of a compound names what bodies have inside: 'Vorstand', 'Ausschuss'."""
    return word in links.lexicon.grammar["titles"]["inner_bodies"]


def _adjectives(token: Token) -> list[Token]:
    """The adjectives of a noun; a bare conjunct shares those of the first ('die irakische Armee und Polizei')."""
    bare = token.dep_ == "conj" and not children(token, "det", "amod", "case")
    return children(token.head if bare else token, "amod")


def _attributes(links: Links, mention: Mention, token: Token) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if found is None or found.kind not in BODIES or not found.proper:
            continue
        if case is None or stands_for_genitive(links, case):
            yield found, "body:genitive", (token.i, child.i)
        elif found.kind == "Place" and prep_of(links, case) in links.lexicon.grammar["prepositions"]["inside"]:
            if (seat := _seat(links, token, found)) is not None:
                yield seat, "body:in", (token.i, child.i)
            elif not token.text.isupper():
                yield found, "place:in", (token.i, child.i)
        elif found.kind == "Organization" and _in_parliament(links, found, case):
            yield found, "body:genitive", (token.i, child.i)
    for child in children(token, "flat", "appos"):
        found = links.of(child)
        if child.i == token.i + 1 and found is not None and found.kind == "Place" and not mention.proper:
            yield found, "place:name", (token.i, child.i)


def _seat(links: Links, token: Token, place: Cluster) -> Cluster | None:
    """What a government governs from a place: the state if the place is its capital, else the place; None for other bodies."""
    words, low = links.lexicon.grammar["titles"], token.lemma_.lower()
    if not low.endswith(tuple(words["governing"])):
        return None
    capitals = links.lexicon.capitals.items() if place.actor is not None else ()
    state = next((s for s, capital in capitals if place.actor is not None and capital == place.actor.name), None)
    whole = links.lexicon.by_name.get(state) if state is not None and low in words["governing_states"] else None
    return links.actor(whole) if whole is not None else place


def _name_parts(links: Links, mention: Mention) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    """The whole and the place that stand in a body's own name: 'GEW Niedersachsen', 'Hamburger Grüne', 'Parlament von Kenia'."""
    doc, size = links.doc, mention.end - mention.start
    if not mention.proper or mention.actor is not None or size < 2:
        return
    joint = next((i for i in range(mention.start + 1, mention.end - 1) if doc[i].pos_ in {"DET", "ADP"}), None)
    if joint is not None:
        state = actor_of_phrase(links, doc[joint + 1 : mention.end].text) if is_organ(links, doc[joint - 1]) else None
        if state is not None:
            yield state, "body:genitive", (mention.start,)
        return
    first, last = doc[mention.start], doc[mention.end - 1]
    here = actor_of_phrase(links, last.text)
    if here is not None and here.kind == "Place":
        whole = actor_of_phrase(links, doc[mention.start : mention.end - 1].text)
        if whole is not None and whole.kind == "Organization" and whole.actor is not None:
            yield whole, "body:branch", (first.i,)
        elif size == 2 and links.lexicon.kind_of_noun(first.text) == "Organization":
            yield here, "place:name", (last.i,)
        return
    whole = actor_of_phrase(links, doc[mention.start + 1 : mention.end].text)
    known = whole is not None and whole.kind == "Organization" and whole.actor is not None
    if whole is not None and known and actor_of_adjective(links, first) is not None:
        yield whole, "body:branch", (first.i, last.i)


def _in_parliament(links: Links, whole: Cluster, case: Token) -> bool:
    """'die SPD-Fraktion im Landtag', 'die Grünen im Bundestag'."""
    ends = tuple(links.lexicon.grammar["titles"]["parliaments"])
    inside = prep_of(links, case) in links.lexicon.grammar["prepositions"]["location"]
    return inside and any(n.lower().endswith(ends) for n in (*whole.names, *whole.nouns))


def place_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """Where an event takes place, and what a place is part of, as attributes tell it."""
    token, own = links.doc[mention.head], links.of(mention.head)
    if (
        own is None
        or own.kind not in {"Event", "Place"}
        or mention.determiner in {"neg"}
        or (mention.number == "Plur" and own.kind == "Place")
    ):
        return
    relation = "located_in" if own.kind == "Event" else "part_of"
    for where, rule, triggers in _places(links, mention, token, own):
        if where is not own and where.kind == "Place":
            yield Draft(
                own, relation, where, token.i, rule, triggers=triggers, static=own.kind == "Place", span=title_span(links, token)
            )


def _places(links: Links, mention: Mention, token: Token, own: Cluster) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    prepositions = set(links.lexicon.grammar["prepositions"]["place"])
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if found is None or found is own or not found.proper:
            continue
        lemma = prep_of(links, case) if case is not None else ""
        if lemma in prepositions and (
            own.kind == "Event" or (lemma in links.lexicon.grammar["prepositions"]["inside"] and own.proper)
        ):
            yield found, "place:in", (token.i, child.i)
        elif own.kind == "Place" and case is None and morph(child, "Case") == "Gen":
            yield found, "place:whole", (token.i, child.i)
    prefix = compound_prefix(token.text)
    if own.kind == "Place" and own.proper and prefix and (found := actor_of_phrase(links, prefix)):
        yield found, "place:prefix", (token.i,)
    for child in children(token, "amod"):
        if (own.proper or own.kind == "Event") and links.rules.get(mention.head) != "link:capital":
            found = actor_of_adjective(links, child) or (_by_compass(links, child) if own.kind == "Place" else None)
            if found is not None and (own.kind == "Place" or child.text[:1].isupper()):
                yield found, "place:adjective", (child.i, token.i)
    if own.kind == "Place" and own.proper:
        for child in children(token, "appos"):
            found = links.of(child)
            if found is not None and found.kind == "Place" and found.proper and child.i > token.i:
                yield found, "place:whole", (token.i, child.i)


def _by_compass(links: Links, adjective: Token) -> Cluster | None:
    """The place of an adjective with a direction in front: 'südphilippinisch'."""
    low = adjective.text.lower()
    for direction in links.lexicon.grammar["titles"]["compass"]:
        base_form = split_adjective(low.removeprefix(direction))[0]
        if low.startswith(direction) and (actor := links.lexicon.adjectives.get(base_form)) is not None and actor.kind == "Place":
            return links.actor(actor)
    return None


def group_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """'Mitglieder der Partei': a group and its body."""
    token, own = links.doc[mention.head], links.of(mention.head)
    members = links.lexicon.grammar["titles"]["members"]
    if (
        own is None
        or own.kind != "Group"
        or mention.determiner == "neg"
        or not any(token.lemma_.lower().endswith(m) for m in members)
    ):
        return
    for child in children(token, "nmod"):
        case, found = adposition(child), links.of(child)
        if found is not None and found.kind == "Organization" and (case is None or stands_for_genitive(links, case)):
            yield Draft(
                own,
                "affiliated_with",
                found,
                token.i,
                "group:genitive",
                triggers=(token.i, child.i),
                static=True,
                aside=True,
                span=title_span(links, token),
            )
