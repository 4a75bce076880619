"""Who belongs to a larger body, as phrases tell beyond titles: members of alliances, parties of leaders and in parliaments.

Rules: `member:alliance` ('die Koalition aus A und B'), `member:union` ('das EU-Land Polen'), `member:leader` ('die Fidesz von
Ministerpräsident X'), `member:seats` ('ist mit neun Sitzen im Landtag vertreten'), `member:colour` ('der grüne Minister X'),
`member:comma` ('X, SPD, ...').
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.bodies import is_alliance
from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.hypernyms import is_of_class, is_party
from kg.lexicon import split_adjective
from kg.mentions import Mention
from kg.modifiers import actor_of_phrase, compound_prefix, main_place, prep_of, title_span
from kg.syntax import adposition, children, clause_head, conjuncts, finite, morph, predicate_lemma
from kg.trees import Token


def membership_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """What the phrase of a body, a state or a person tells of memberships."""
    token, own = links.doc[mention.head], links.of(mention.head)
    if own is None or mention.determiner == "neg":
        return
    if token.pos_ == "NOUN":
        yield from _states(links, mention, token)
    if own.kind == "Organization":
        yield from _members(links, mention, token, own)
        yield from _leaders(links, mention, token, own)
        yield from _seats(links, token, own)
    elif own.kind == "Person" and own.proper:
        yield from _colours(links, token, own) if mention.role is not None else _behind_comma(links, mention, token, own)


def _static(links: Links, subject: Cluster, relation: str, whole: Cluster, tokens: tuple[Token, ...], rule: str) -> Draft:
    anchor, span = tokens[0], title_span(links, tokens[0])
    return Draft(subject, relation, whole, anchor.i, rule, triggers=tuple(t.i for t in tokens), static=True, span=span)


def _members(links: Links, mention: Mention, token: Token, own: Cluster) -> Iterator[Draft]:
    """The bodies of which a definite alliance consists; of another body two or more must be told."""
    origin = links.lexicon.grammar["prepositions"]["origin"]
    if mention.determiner == "indef" or token.pos_ not in {"NOUN", "PROPN"}:
        return
    for phrase in children(token, "nmod"):
        if (case := adposition(phrase)) is None or prep_of(links, case) not in origin:
            continue
        parts = [(p, c) for p in conjuncts(phrase) if (c := links.of(p)) is not None and c.kind == "Organization" and c.proper]
        if len(parts) > 1 or (parts and is_alliance(links, token)):
            yield from (_static(links, c, "part_of", own, (token, p), "member:alliance") for p, c in parts if c is not own)


def _leaders(links: Links, mention: Mention, token: Token, own: Cluster) -> Iterator[Draft]:
    """The person whose party it is called."""
    if not mention.proper or not is_party(links, own):
        return
    for phrase in children(token, "nmod"):
        case, person = adposition(phrase), links.of(phrase)
        led = case is not None and prep_of(links, case) in links.lexicon.grammar["titles"]["led_by"]
        if led and person is not None and person.kind == "Person" and person.proper:
            yield _static(links, person, "affiliated_with", own, (token, phrase), "member:leader")


def _seats(links: Links, token: Token, own: Cluster) -> Iterator[Draft]:
    """The party that the clause says to hold seats in a parliament."""
    words, case = links.lexicon.grammar["titles"], adposition(token)
    if case is None or prep_of(links, case) not in links.lexicon.grammar["prepositions"]["location"]:
        return
    if not any(n.lower().endswith(tuple(words["parliaments"])) for n in (*own.names, *own.nouns)):
        return
    verb, seat = clause_head(token), token.head if token.head.pos_ == "NOUN" else None
    told = finite(verb)
    if told is not None and morph(told, "Mood") == "Sub":  # 'käme auf 20 Sitze'
        return
    held = predicate_lemma(verb) in words["holding_seats"] and (seat is None or seat.lemma_ in words["seats_held"])
    counted = seat is not None or any(c.lemma_ in words["seats_held"] for c in children(verb, "obj", "obl"))
    if held and (counted or predicate_lemma(verb) in words["represented"]):
        for noun in (n for s in children(verb, "nsubj") for n in conjuncts(s)):
            party = links.of(noun)
            if party is not None and party.kind == "Organization" and party is not own and party.proper:
                yield Draft(party, "affiliated_with", own, verb.i, "member:seats", triggers=(verb.i, token.i))


def _states(links: Links, mention: Mention, token: Token) -> Iterator[Draft]:
    """The union of states that the first part of a noun beside the states' names tells."""
    prefix, last = compound_prefix(token.text), token.lemma_.rpartition("-")[2].lower()
    if prefix is None or last not in links.lexicon.grammar["titles"]["member_states"]:
        return
    whole = actor_of_phrase(links, prefix)
    if whole is None or not any(is_of_class(links, whole, name) for name in links.lexicon.grammar["titles"]["unions"]):
        return
    other = (*links.lexicon.cue("ended", "adjectives"), *links.lexicon.cue("plan", "adjectives"))
    if any(c.lower_.startswith(other) for c in children(token, "amod")):
        return
    names = (c for c in children(token, "appos", "flat") if c.i > token.i)
    for name in (n for c in names for n in (conjuncts(c) if mention.number == "Plur" else [c])):
        state = links.of(name)
        if state is not None and state.kind == "Place" and state.proper:
            yield _static(links, state, "part_of", whole, (token, name), "member:union")


def _behind_comma(links: Links, mention: Mention, token: Token, person: Cluster) -> Iterator[Draft]:
    """The party between commas right behind a name."""
    for name in children(token, "appos"):
        party, behind = links.of(name), name.i == mention.end + 1 and token.doc[mention.end].text == ","
        if behind and party is not None and is_party(links, party):
            yield _static(links, person, "affiliated_with", party, (token, name), "member:comma")


def _colours(links: Links, token: Token, person: Cluster) -> Iterator[Draft]:
    """The party of an adjective for its politics, if the article names that party or is about its state."""
    for child in children(token, "amod"):
        row = links.lexicon.grammar["titles"]["colours"].get(split_adjective(child.lower_)[0])
        party = links.lexicon.by_name.get(row[0]) if row is not None else None
        if party is None:
            continue
        named = any(c.actor is not None and c.actor.name == party.name for c in links.clusters)
        state = main_place(links, states=True)
        if named or (state is not None and state.actor is not None and state.actor.name == row[1]):
            yield _static(links, person, "affiliated_with", links.actor(party), (token, child), "member:colour")
