"""Where bodies sit, and whose the bare organs of a state are.

Rules: `body:seat` ('der Verband mit Sitz in Wien', 'der in Wien ansässige Verband'), `body:context` ('das Parlament' in an
article about one state).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.mentions import Mention
from kg.modifiers import main_place, prep_of, title_span
from kg.status import is_negated
from kg.syntax import adposition, base, children, predicate_lemma
from kg.trees import Token

Told = Iterator[tuple[Cluster, int, str]]


def belonging_drafts(links: Links, mention: Mention) -> Iterator[Draft]:
    """What the phrase of a body tells of its seat, or its state beyond `kg.bodies`."""
    token, own = links.doc[mention.head], links.of(mention.head)
    if own is None or own.kind != "Organization" or mention.determiner == "neg":
        return
    span = title_span(links, token)
    for place, trigger, rule in _seats(links, token):
        yield Draft(own, "located_in", place, token.i, rule, triggers=(token.i, trigger), static=True, span=span)
    if (state := _state(links, mention, token)) is not None and state is not own:
        told = Draft(own, "affiliated_with", state, token.i, "body:context", triggers=(token.i,), static=True, span=span)
        yield replace(told, aside=True)


def is_sound(links: Links, draft: Draft) -> bool:
    """Whether a state is told of definite things: no place without a name is a part, nothing is part of things in general.

    A resignation that somebody only demands is none, and nobody votes on the votes themselves.
    """
    subject, whole = draft.subject, draft.object
    if draft.relation in links.lexicon.grammar["frames"]["voted"] and draft.fillers and _is_count(links, draft.fillers[-1]):
        return False
    if draft.forced is None and _is_left_open(links, links.doc[draft.anchor]):
        return False
    if draft.relation == "resigns_from":
        return not _is_demanded(links, links.doc[draft.anchor])
    if draft.relation == "wins":
        noun = links.doc[draft.anchor]
        return noun.pos_ != "NOUN" or (case := adposition(noun)) is None or not _is_becoming(links, case)
    if draft.relation == "succeeds":
        return subject is not None and subject.proper
    if draft.relation not in {"part_of", "located_in", "affiliated_with"} or subject is None or whole is None:
        return True
    if draft.relation == "part_of" and subject.kind == "Place" and (not subject.proper or _are_states(links, subject, whole)):
        return False
    return not (whole.generic and not whole.proper)


def _are_states(links: Links, *places: Cluster) -> bool:
    """Whether all are states of the tables; none of them is a part of another."""
    return all(p.actor is not None and p.kind == "Place" and p.actor.name in links.lexicon.states for p in places)


def _is_left_open(links: Links, verb: Token) -> bool:
    """What does not happen under a condition ('wenn die Arbeitgeber kein Angebot vorlegen') neither happened nor was refused."""
    cue = links.lexicon.cue
    openers = cue("conditional", "strict") | cue("conditional", "subjunctions")
    if not any(c.lower_ in openers for c in children(verb, "mark")):
        return False
    return is_negated(verb, links.lexicon)


def _is_count(links: Links, index: int) -> bool:
    """Counted votes ('mit 82 gegen 20 Stimmen')."""
    noun = links.doc[index]
    votes = noun.lemma_.lower().endswith(tuple(v.lower() for v in links.lexicon.grammar["frames"]["votes"]))
    return votes and any(c.dep_ == "nummod" for c in noun.children)


def _is_becoming(links: Links, case: Token) -> bool:
    """'zum Sieger erklären': the noun is said of another than the subject."""
    return prep_of(links, case) in links.lexicon.grammar["prepositions"]["becoming"]


def _is_demanded(links: Links, noun: Token) -> bool:
    """A noun that is the object of a verb of demanding."""
    if noun.pos_ != "NOUN" or base(noun.dep_) not in {"obj", "nsubj"}:
        return False
    verb = noun.head
    passive = any(c.dep_ in {"nsubj:pass", "aux:pass"} for c in verb.children)
    demands = any(f.relation == "demands" and f.noun is None for f in links.lexicon.verb_frames.get(predicate_lemma(verb), ()))
    return demands and (passive or base(noun.dep_) == "obj")


def _seats(links: Links, token: Token) -> Told:
    """The place of a 'mit Sitz in' phrase or of an adjective that says so."""
    words = links.lexicon.grammar["titles"]
    seats = [c for c in children(token, "nmod") if c.lemma_ in words["seats"] and adposition(c) is not None]
    seats += [c for c in children(token, "amod") if c.lower_.startswith(tuple(words["seated"]))]
    for seat in seats:
        for child in children(seat, "nmod", "obl"):
            found, case = links.of(child), adposition(child)
            if found is not None and found.kind == "Place" and found.proper and case is not None:
                yield found, seat.i, "body:seat"


def _state(links: Links, mention: Mention, token: Token) -> Cluster | None:
    """The state of a bare organ: the one that the article speaks of most."""
    organs = links.lexicon.grammar["titles"]["organs_of_state"]
    low = {token.text.lower(), token.lemma_.lower()}
    bare = mention.determiner == "def" and not mention.proper and links.rules.get(mention.head) == "link:new"
    alone = not any(base(c.dep_) in {"amod", "nmod", "appos", "flat", "acl"} for c in token.children)
    return main_place(links, states=True) if bare and alone and low & set(organs) else None
