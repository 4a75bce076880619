"""Demonstratives that stand for what the sentence before told: 'Die FDP kritisierte dies.'

Rule: `link:event-before` (a demonstrative that is the object of a verb of stance stands for the thing that the sentence
before is about).
"""

from __future__ import annotations

from kg.clusters import Cluster, Links
from kg.lexicon import Lexicon
from kg.syntax import (
    Sentences,
    adposition,
    antecedent,
    auxiliaries,
    base,
    children,
    is_nominal,
    morph,
    predicate_lemma,
    subtree_span,
)
from kg.trees import Token

THINGS = frozenset({"Event", "Document", "Topic"})
BODIES = frozenset({"Organization", "Place"})


def event_before(links: Links, index: int) -> tuple[Cluster, int] | None:
    """The thing that the sentence before the token is about, and the token that names it: its object, else its subject."""
    sentences = Sentences.of(links.doc)
    number = sentences.number(index) - 1
    if number < 0:
        return None
    root = next((t for t in links.doc[slice(*sentences.span(number))] if t.dep_ == "ROOT"), None)
    return _about(links, _told(root, links.lexicon)) if root is not None else None


def _told(root: Token, lexicon: Lexicon) -> Token:
    """What is said rather than that it is said ('Die Regierung teilte mit, sie habe das Kindergeld gekürzt.')."""
    if predicate_lemma(root) in lexicon.cue("attribution", "verbs"):
        return next((c for c in children(root, "ccomp", "xcomp") if not is_nominal(c)), root)
    return root


def _about(links: Links, predicate: Token) -> tuple[Cluster, int] | None:
    passive = [c for c in predicate.children if c.dep_ == "nsubj:pass"]
    dative = [c for c in predicate.children if c.dep_ == "obl:arg" and adposition(c) is None]
    objects = [*children(predicate, "obj"), *passive, *dative]
    for phrase in (*objects, *children(predicate, "nsubj")):
        token = antecedent(phrase)
        found = links.of(token) if is_nominal(token) else None
        if found is not None and found.kind in THINGS:
            return found, token.i
        if found is not None and found.kind in BODIES and phrase in objects:
            return _deed(links, predicate, token), token.i
    return None


def _deed(links: Links, predicate: Token, patient: Token) -> Cluster:
    """What is done to a body: 'das Freibad schließen'."""
    start, end = subtree_span(patient)
    return links.named("Topic", f"{links.doc.words(start, end)} {predicate.text}")


def is_demonstrative(token: Token, lexicon: Lexicon) -> bool:
    """'das', 'dies' as a pronoun that opens no relative clause."""
    pointing = token.lower_ in lexicon.grammar["reference"]["pointing"]
    opens = token.tag_ == "PDS" and token.is_sent_start  # no relative clause is a sentence, whatever its features say
    relative = token.tag_.startswith("PREL") or morph(token, "PronType") == "Rel"
    return pointing and token.pos_ == "PRON" and (opens or not relative)


def bind_demonstratives(links: Links) -> None:
    """Let demonstratives under verbs of stance stand for what the sentence before is about."""
    lexicon = links.lexicon
    for token in links.doc:
        if token.i in links.of_head or not is_demonstrative(token, lexicon) or not _reacted_to(token, lexicon):
            continue
        if (found := event_before(links, token.i)) is not None:
            links.of_head[token.i] = found[0]
            links.rules[token.i] = "link:event-before"


def _reacted_to(token: Token, lexicon: Lexicon) -> bool:
    """Whether somebody takes a stand on what the pronoun stands for: it is the object of such a verb in a main clause."""
    verb = token.head
    if base(token.dep_) not in {"obj", "nsubj"} or is_nominal(verb):
        return False
    if token.dep_ == "nsubj" and not any(base(c.dep_) == "obl" for c in verb.children):
        return False
    explained = any(c.i > verb.i and not is_nominal(c) for c in children(verb, "ccomp", "csubj"))
    lemma, stances = predicate_lemma(verb), lexicon.grammar["frames"]["reacting"]
    adjectives = [c.lower_ + lemma for c in verb.children if c.pos_ in {"ADJ", "ADV"}]
    copulas = [verb.lower_ + a.lemma_ for a in auxiliaries(verb)]
    frames = (f for known in (lemma, *adjectives, *copulas) for f in lexicon.verb_frames.get(known, ()))
    rates = lemma in lexicon.cue("stance", "rating_verbs")
    return not explained and (rates or any(f.relation in stances for f in frames))
