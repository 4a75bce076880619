"""States that phrases of bodies, places, events and groups tell: to which state, whole or place they belong.

Rules: `body:prefix` and `body:compound` ('SPD-Fraktion', 'Parteivorstand'), `body:adjective`, `body:genitive`, `body:table` (the
actor tables), `body:in` ('die Regierung in Lomé'), `body:branch` ('die Hamburger Grünen', 'GEW Niedersachsen'), `place:in`,
`body:near` ('die SPD-nahe Stiftung'), `place:name`, `place:prefix`, `place:adjective`, `place:whole`, `group:genitive`.
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.hypernyms import is_party
from kg.lexicon import split_adjective
from kg.mentions import Mention
from kg.modifiers import (
    BODIES,
    actor_of_adjective,
    actor_of_phrase,
    actor_of_suffixed,
    body_in_compound,
    compound_prefix,
    is_organ,
    prep_of,
    stands_for_genitive,
    title_span,
)
from kg.syntax import adposition, base, children, morph
from kg.trees import Token


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
    grammar = links.lexicon.grammar["titles"]
    if rule == "body:near" or (rule == "place:name" and is_organ(links, token) and not _sits_in(links, token, whole)):
        return "affiliated_with"
    if rule in {"place:in", "place:name", "place:adjective"} or (rule == "body:adjective" and _sits_in(links, token, whole)):
        return "located_in"
    low = token.text.lower()
    if rule == "body:branch" or is_inner(links, token):
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
    found = actor_of_phrase(links, prefix) if prefix and not _is_whole_itself(links, token) else None
    named_so = actor is not None and not is_inner(links, token)  # 'die EU-Kommission': its name tells nothing new
    if found is not None and (found.kind != "Place" or is_organ(links, token)) and not (named_so and found.kind != "Place"):
        yield found, "body:prefix", (token.i,)
    before = links.doc[max(0, mention.start - 1)]  # also where the tagger takes 'SPD-nahe' for a noun
    for child in dict.fromkeys((*children(token, "amod"), before)):
        if (party := actor_of_suffixed(links, child, "near")) is not None and party.kind == "Organization":
            yield party, "body:near", (child.i, token.i)
    for child in _adjectives(token):
        inside = actor is not None and mention.start <= child.i < mention.end
        rule = "body:adjective" if is_organ(links, token) else "place:adjective" if _is_at_home(links, token, child) else None
        if rule is not None and not inside and (found := actor_of_adjective(links, child)):
            yield found, rule, (child.i, token.i)
    if (opened := body_in_compound(links, token, _is_inner_part)) is not None and actor is None:
        yield opened, "body:compound", (token.i,)
    yield from _attributes(links, mention, token)
    yield from _name_parts(links, mention)


def _is_whole_itself(links: Links, token: Token) -> bool:
    """'der EADS-Konzern', 'die Daimler-AG': a noun for the kind of body behind the body's own name."""
    last = token.text.rpartition("-")[2].lower()
    return last.removesuffix("s") in links.lexicon.grammar["titles"]["kinds_of_bodies"]


def _sits_in(links: Links, token: Token, place: Cluster) -> bool:
    """Courts are called after where they sit ('Landgericht Ulm'), prosecutors too unless they are those of a land.

    Other organs are called after whose they are ('Polizei Ulm').
    """
    low, words, states, row = token.lemma_.lower(), links.lexicon.grammar["titles"], links.lexicon.states, place.actor
    if place.kind != "Place" or (row is not None and row.name in states):
        return False
    land = row is not None and row.whole in states
    return low.endswith(tuple(words["courts"])) or (low.endswith(words["prosecutors"]) and not land)


def _is_at_home(links: Links, token: Token, adjective: Token) -> bool:
    """'die Bremer Grundschule': a town's adjective before a noun for one thing that sits in a town."""
    ends, text = tuple(links.lexicon.grammar["titles"]["institutions"]), adjective.text
    sits = token.pos_ == "NOUN" and morph(token, "Number") != "Plur" and token.lemma_.lower().endswith(ends)
    state = links.lexicon.adjectives.get(text.lower())
    town = state is None or state.name not in links.lexicon.states  # not 'Schweizer'
    return sits and town and text[:1].isupper() and _is_city_form(links, adjective)


def is_inner(links: Links, token: Token) -> bool:
    """Whether a noun names what bodies have inside, by its last part."""
    table = links.lexicon.grammar["titles"]
    words = (token.text.lower(), token.lemma_.lower().replace(*table["old_spelling"]))
    return any(w.endswith(tuple(table["inner_bodies"])) for w in words)


def is_alliance(links: Links, token: Token) -> bool:
    """Whether a noun names what its members form: 'Koalition', 'Wahlbündnis'."""
    return token.lemma_.lower().endswith(tuple(links.lexicon.grammar["titles"]["alliances"]))


def _is_inner_part(links: Links, word: str) -> bool:
    """Whether the last part of a compound names what bodies have inside: 'Vorstand', 'Ausschuss'."""
    return word in links.lexicon.grammar["titles"]["inner_bodies"]


def _adjectives(token: Token) -> list[Token]:
    """The adjectives of a noun; a bare conjunct shares those of the first ('die irakische Armee und Polizei')."""
    bare = token.dep_ == "conj" and not children(token, "det", "amod", "case")
    return children(token.head if bare else token, "amod")


def _attributes(links: Links, mention: Mention, token: Token) -> Iterator[tuple[Cluster, str, tuple[int, ...]]]:
    own_name, own = mention.proper and mention.actor is not None, links.of(token)
    for child in _outside(mention, token):
        case, found = adposition(child), links.of(child)
        if found is None or found.kind not in BODIES or not (found.proper or _in_parliament(links, found, case)):
            continue
        if case is None or stands_for_genitive(links, case):
            if is_alliance(links, token) or token.lower_.startswith(tuple(links.lexicon.grammar["titles"]["relatives"])):
                continue
            yield found, "body:genitive", (token.i, child.i)
        elif found.kind == "Place" and prep_of(links, case) in links.lexicon.grammar["prepositions"]["inside"]:
            if (seat := _seat(links, token, found)) is not None:
                yield seat, "body:in", (token.i, child.i)
            elif own is not None and not _is_elsewhere(links, token, own) and (own_name or mention.number != "Plur"):
                yield found, "place:in", (token.i, child.i)
        elif found.kind == "Organization" and _in_parliament(links, found, case):
            yield found, "body:genitive", (token.i, child.i)
    if mention.proper and mention.actor is not None and token.i == mention.end - 1:
        beside = ((c, whole) for c, whole in parliaments_beside(links, token) if c.head != token)
        yield from ((whole, "body:genitive", (token.i, c.i)) for c, whole in beside)
    for child in children(token, "flat", "appos") if mention.number != "Plur" else ():
        found = links.of(child)
        if child.i == token.i + 1 and found is not None and found.kind == "Place" and not mention.proper:
            yield found, "place:name", (token.i, child.i)


def _is_elsewhere(links: Links, token: Token, own: Cluster) -> bool:
    """Acronyms and parties sit in no place beside them; of bodies that come together it is that of the event."""
    event = links.of(token.head) if token.dep_ == "nmod" else None
    return token.text.isupper() or is_party(links, own) or (event is not None and event.kind == "Event")


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
        state = actor_of_phrase(links, doc.words(joint + 1, mention.end)) if is_organ(links, doc[joint - 1]) else None
        if state is not None:
            yield state, "body:genitive", (mention.start,)
        return
    first, last = doc[mention.start], doc[mention.end - 1]
    here = actor_of_phrase(links, last.text)
    if here is not None and here.kind == "Place":
        whole = actor_of_phrase(links, doc.words(mention.start, mention.end - 1))
        if whole is not None and whole.kind == "Organization" and whole.actor is not None:
            yield whole, "body:branch", (first.i,)
        elif size == 2 and links.lexicon.kind_of_noun(first.text) == "Organization":
            yield here, "place:name", (last.i,)
        return
    whole = actor_of_phrase(links, doc.words(mention.start + 1, mention.end))
    known = whole is not None and whole.kind == "Organization" and whole.actor is not None and not is_organ(links, last)
    if whole is not None and known and actor_of_adjective(links, first) is not None:
        yield whole, "body:branch", (first.i, last.i)


def parliaments_beside(links: Links, party: Token) -> Iterator[tuple[Token, Cluster]]:
    """The parliament of a phrase on a party or right behind it: 'die Chefin der Grünen im Landtag'."""
    own, after = links.of(party), links.doc[party.i + 1 : party.i + 2]
    hung = [c for c in children(party, "nmod") if adposition(c) is not None]
    hung += [t.head for t in after if t.dep_ == "case" and base(t.head.dep_) == "nmod" and t.head not in hung]
    for phrase in hung if own is not None and own.kind == "Organization" else ():
        found = links.of(phrase)
        other = found is not None and found is not own and found.kind == "Organization"
        if found is not None and other and _in_parliament(links, found, adposition(phrase)):
            yield phrase, found


def _outside(mention: Mention, token: Token) -> list[Token]:
    """The attributes of a phrase, wherever in its name the tree hangs them."""
    if not mention.proper:
        return children(token, "nmod")
    inside = range(mention.start, mention.end)
    return [c for i in inside for c in children(token.doc[i], "nmod") if c.i not in inside]


def _in_parliament(links: Links, whole: Cluster, case: Token | None) -> bool:
    """'die SPD-Fraktion im Landtag', 'die Grünen im Bundestag'."""
    ends = tuple(links.lexicon.grammar["titles"]["parliaments"])
    inside = case is not None and prep_of(links, case) in links.lexicon.grammar["prepositions"]["location"]
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
    for child in _outside(mention, token):
        case, found = adposition(child), links.of(child)
        found = _within(links, child) or found
        if found is None or found is own or not found.proper:
            continue
        lemma = prep_of(links, case) if case is not None else ""
        if lemma in prepositions and (
            own.kind == "Event" or (lemma in links.lexicon.grammar["prepositions"]["inside"] and own.proper)
        ):
            yield found, "place:in", (token.i, child.i)
        elif own.kind == "Place" and own.proper and case is None and morph(child, "Case") == "Gen":
            yield found, "place:whole", (token.i, child.i)
    prefix = compound_prefix(token.text) if mention.actor is None or token.pos_ == "NOUN" else None
    if own.kind == "Place" and own.proper and prefix and (found := actor_of_phrase(links, prefix)):
        yield found, "place:prefix", (token.i,)
    for child in children(token, "amod"):
        if (own.proper or own.kind == "Event") and links.rules.get(mention.head) != "link:capital":
            own_part = mention.proper and mention.start <= child.i < mention.end and child.text[:1].isupper()
            streets = tuple(links.lexicon.grammar["titles"]["called_after_towns"])
            street = _is_city_form(links, child) and token.lower_.endswith(streets)
            if street or (own_part and (mention.actor is not None or not _is_city_form(links, child))):
                continue  # 'Leipziger Straße', 'Brandenburger Tor', 'Indischer Ozean'
            if own.kind == "Place" and child.lower_ == split_adjective(child.lower_)[0]:
                continue  # '(deutsch Britannien zuerst)': not inflected
            found = actor_of_adjective(links, child) or (_by_compass(links, child) if own.kind == "Place" else None)
            if found is not None and (own.kind == "Place" or child.text[:1].isupper()):
                yield found, "place:adjective", (child.i, token.i)
    if own.kind == "Place" and own.proper:
        for child in children(token, "appos"):
            found = links.of(child)
            named = found is not None and found.kind == "Place" and found.proper
            if found is not None and named and child.i > token.i and not mention.head < child.i < mention.end:
                yield found, "place:whole", (token.i, child.i)


def _is_city_form(links: Links, adjective: Token) -> bool:
    """'Berliner', not 'Indischer'."""
    text = adjective.text
    known = links.lexicon.adjectives.get(split_adjective(text.lower())[0])
    city = known is None or known.name not in links.lexicon.states
    return city and text.endswith(links.lexicon.grammar["titles"]["city_ending"])


def _within(links: Links, phrase: Token) -> Cluster | None:
    """The place of which a phrase names a part or the surroundings: 'im Süden des Irak', 'in der Nähe von X'."""
    low, words = phrase.lemma_.lower(), links.lexicon.grammar
    if low in words["titles"]["compass_nouns"] or phrase.lemma_ in words["descriptions"]["surroundings"]:
        inside = (links.of(c) for c in children(phrase, "nmod"))
        return next((c for c in inside if c is not None and c.kind == "Place" and c.proper), None)
    return None


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
