"""Nouns that are said of a subject: 'X ist Sprecherin', 'X wird Präsident', 'X als Vorsitzende'."""

from __future__ import annotations

from typing import Literal

from kg.clusters import Links
from kg.lexicon import Lexicon
from kg.modifiers import prep_of
from kg.syntax import adposition, auxiliaries, base, children, finite, is_nominal, morph, predicate_lemma
from kg.trees import Token


def copular_verb(token: Token, lexicon: Lexicon) -> Token | None:
    """The verb that says a noun of its subject: copula, 'werden', 'bleiben'; a title with its own name is no predicate."""
    if any(c.ent_type_ == "PER" for c in children(token, "appos", "flat")):
        return None
    copula = next((c for c in token.children if c.dep_ == "cop"), None)
    if copula is not None:
        return copula
    verb = token.head
    full = verb.lemma_ in lexicon.grammar["frames"]["copular"] and base(verb.dep_) not in {"aux", "cop"}
    placed = base(token.dep_) in {"xcomp", "obj", "nsubj"} or token.dep_ == "obl:arg"
    return verb if full and placed and adposition(token) is None and verb != token else None


def said_of(token: Token, lexicon: Lexicon) -> list[Token]:
    """The subject of which a predicate noun is said, wherever the tree hangs it."""
    verb = copular_verb(token, lexicon)
    if verb is None:
        return []
    if verb.dep_ == "cop":
        return children(token, "nsubj")
    places = {"nsubj", "xcomp", "obj", "obl:arg"}
    beside = (c for n in (token, verb) for c in n.children if c.dep_ in places and c != token)
    return [c for c in beside if is_nominal(c) and adposition(c) is None]


def appointed(token: Token, lexicon: Lexicon) -> list[Token]:
    """Who is put into the office of a 'zu' phrase: the object of a verb of appointment, the subject of its passive."""
    case, verb = adposition(token), token.head
    becoming = lexicon.grammar["prepositions"]["becoming"]
    if case is None or str(lexicon.grammar["contractions"].get(case.lower_, case.lower_)) not in becoming or is_nominal(verb):
        return []
    frames = [f for f in lexicon.verb_frames.get(predicate_lemma(verb), ()) if f.relation == "takes_office" and f.noun is None]
    passive = any(c.dep_ in {"nsubj:pass", "aux:pass"} for c in verb.children)
    wanted = {s.role for f in frames if any(o.role in becoming for o in f.object) for s in f.subject}
    deps = {"nsubj:pass", "nsubj"} if passive else {"obj"} if "obj" in wanted else {"nsubj"}
    return [c for c in verb.children if c.dep_ in deps] if wanted else []


def acting(token: Token, lexicon: Lexicon) -> list[Token]:
    """Who acts in the role of an 'als' phrase: the subject, if the verb has no object ('er gilt als Anführer')."""
    case, verb = adposition(token), token.head
    role = lexicon.grammar["prepositions"]["role"]
    if case is None or case.lower_ != role or is_nominal(verb):
        return []
    frames = lexicon.verb_frames.get(predicate_lemma(verb), ())
    told = any(f.relation == "holds_office" and f.noun is None and any(s.role == role for s in f.object) for f in frames)
    alone = verb.pos_ == "VERB" and not children(verb, "obj", "ccomp") and not children(token, "det")
    return children(verb, "nsubj") if told or alone else []


def is_predicate(links: Links, token: Token) -> bool:
    """Whether a role noun is said of somebody, or names what somebody becomes or acts as."""
    grammar = links.lexicon.grammar["prepositions"]
    case = adposition(token)
    if case is not None:
        return prep_of(links, case) in {grammar["role"], *grammar["becoming"]}
    return bool(said_of(token, links.lexicon))


def becomes(links: Links, token: Token) -> Literal["", "present", "told"]:
    """Whether 'werden' says the noun of its subject: 'present' for a plain present tense, which speaks of the future."""
    verb = copular_verb(token, links.lexicon)
    if verb is None or verb.lemma_ != links.lexicon.grammar["frames"]["copular"][0]:
        return ""
    head = token if verb.dep_ == "cop" else verb
    alone = not [a for a in auxiliaries(head) if a != verb]
    plain = alone and morph(verb, "Tense") == "Pres" and morph(verb, "Mood") == "Ind"
    return "present" if plain else "told"


def wants_to_be(links: Links, token: Token) -> bool:
    """'X will Bürgermeister werden'."""
    verb = copular_verb(token, links.lexicon)
    if verb is None or not becomes(links, token):
        return False
    modals = links.lexicon.grammar["frames"]["wish_modals"]
    return any(a.lemma_ in modals for a in auxiliaries(token if verb.dep_ == "cop" else verb))


def is_past(links: Links, token: Token) -> bool:
    """Whether the copula stands in the past."""
    verb = copular_verb(token, links.lexicon)
    return verb is not None and morph(finite(token) or verb, "Tense") == "Past"
