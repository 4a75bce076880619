"""Arguments that the tree takes for others, where agreement and word order tell: lost subjects, agents of passives."""

from __future__ import annotations

from kg.lexicon import Lexicon
from kg.syntax import adposition, finite, morph
from kg.trees import Token

ACTING = frozenset({"Group", "Person", "Organization", "Place"})
SUBJECTS = frozenset({"nsubj", "nsubj:pass", "csubj", "aux:pass", "expl"})  # with one of these a verb lacks no subject
OBJECTS = frozenset({"obj", "obl", "obl:arg", "iobj"})


def _bare(verb: Token) -> list[Token]:
    """The verb's nominal phrases without a preposition that are no subjects, in text order."""
    return [c for c in verb.children if c.dep_ in OBJECTS and c.pos_ in {"NOUN", "PROPN"} and adposition(c) is None]


def lost_subject(verb: Token, lexicon: Lexicon) -> Token | None:
    """The first bare phrase under a finite verb without a subject that its form lets be one, if it names somebody who acts."""
    told = finite(verb) if verb.pos_ == "VERB" and verb.dep_ in {"ROOT", "ccomp", "advcl"} else None
    if told is None or morph(told, "Mood") == "Imp" or any(c.dep_ in SUBJECTS for c in verb.children):
        return None
    first = next(iter(_bare(verb)), None)
    if first is None or not _may_be_nominative(first, lexicon) or morph(first, "Number") != morph(told, "Number"):
        return None
    return first if lexicon.kind_of_noun(first.lemma_) in ACTING or first.ent_type_ else None


def lost_agent(verb: Token, lexicon: Lexicon) -> Token | None:
    """The agent that the tree hung on the subject in front of it ('Kritisiert wurde der Plan von den Grünen')."""
    if not any(c.dep_ == "aux:pass" for c in verb.children) or any(c.dep_ == "obl:agent" for c in verb.children):
        return None
    subject = next((c for c in verb.children if c.dep_ == "nsubj:pass" and c.pos_ == "NOUN"), None)
    told = finite(verb)
    if subject is None or told is None or told.i > subject.i or not any(morph(c, "Definite") == "Def" for c in subject.children):
        return None
    if lexicon.kind_of_noun(subject.lemma_) in ACTING or lexicon.role_of_noun(subject.text, subject.lemma_) is not None:
        return None
    phrase = next((c for c in subject.children if c.dep_ == "nmod" and c.i > subject.i and adposition(c) is not None), None)
    if phrase is None or not _is_agent(phrase, lexicon):
        return None
    known = lexicon.kind_of_noun(phrase.lemma_) in ACTING or bool(phrase.ent_type_)
    return phrase if known or lexicon.role_of_noun(phrase.text, phrase.lemma_) is not None else None


def _is_agent(phrase: Token, lexicon: Lexicon) -> bool:
    """With 'durch', or with 'von' and an article: 'das Buch von X' is by X, whoever does what to it."""
    case = adposition(phrase)
    form = lexicon.grammar["contractions"].get(case.lower_, case.lower_) if case is not None else ""
    of, by = lexicon.grammar["prepositions"]["agent"]
    with_article = case is not None and (case.lower_ != form or any(c.pos_ == "DET" for c in phrase.children))
    return form == by or (form == of and with_article)


def disagreeing(verb: Token, lexicon: Lexicon) -> tuple[Token, Token] | None:
    """A subject that does not agree with its verb, and the bare phrase that does ('Der Darstellung widersprachen Zeugen')."""
    told = finite(verb) if verb.pos_ == "VERB" else None
    subjects = [c for c in verb.children if c.dep_ == "nsubj"]
    if told is None or len(subjects) != 1 or not morph(told, "Number"):
        return None
    wrong, number = subjects[0], morph(told, "Number")
    quantity = lexicon.grammar["descriptions"]
    counts = wrong.lemma_ in quantity["part_nouns"] or wrong.lower_.startswith(tuple(quantity["quantity_nouns"]))
    joined = any(c.dep_ in {"conj", "nummod", "appos"} for c in wrong.children)
    if wrong.pos_ != "NOUN" or counts or joined or morph(wrong, "Number") in {"", number}:
        return None
    right = [c for c in _bare(verb) if morph(c, "Number") == number and _may_be_nominative(c, lexicon)]
    return (wrong, right[0]) if len(right) == 1 else None


def _may_be_nominative(noun: Token, lexicon: Lexicon) -> bool:
    """Whether the determiner is none of a plain accusative, dative or genitive."""
    words = [c.lower_ for c in noun.children if c.pos_ == "DET"]
    oblique = lexicon.grammar["reference"]["oblique_determiners"]
    listed = {*oblique, *(lexicon.grammar["reference"]["oblique_in_plural"] if morph(noun, "Number") == "Plur" else ())}
    return not any(w in listed for w in words)
