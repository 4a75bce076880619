"""Infinitives and clauses that belong to the noun right before them, wherever the tree hangs them.

Rule: `clause:adjacent` ('auf die Forderung des Vorsitzenden, auf die SPD zuzugehen').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kg.clauses import Clause
from kg.lexicon import Lexicon
from kg.syntax import base, children, is_nominal
from kg.trees import Doc, Token


def with_complements(clauses: Iterable[Clause], doc: Doc, lexicon: Lexicon) -> Iterator[Clause]:
    """The clauses; those of nouns that may have one take the clause that follows their phrase as complement."""
    for clause in clauses:
        frames = lexicon.noun_frames.get(clause.lemma, ()) if clause.nominal and "comp" not in clause.args else ()
        asks = any(s.role == "comp" for f in frames for slots in (f.object, f.content or ()) for s in slots)
        found = _following(doc[clause.head], lexicon) if asks else None
        if found is None:
            yield clause
        else:
            yield replace(clause, args=clause.args | {"comp": [found.i]}, rule=clause.rule + " + clause:adjacent")


def _following(noun: Token, lexicon: Lexicon) -> Token | None:
    """The head of the infinitive or 'dass' clause that opens right behind the noun's phrase and its comma."""
    doc, end = noun.doc, _end(noun)
    if end + 1 >= len(doc) or doc[end].text != ",":
        return None
    inside = {t.i for t in noun.subtree}
    for token in doc[end + 1 : end + 20]:
        if token.text in {",", ".", "!", "?", ";", ":"} or token.is_sent_start:
            return None
        if token.pos_ in {"VERB", "AUX"} and base(token.dep_) not in {"aux", "cop"} and token.i not in inside:
            return token if _is_complement(token, end, lexicon) else None
    return None


def _end(noun: Token) -> int:
    """The first token behind the noun and the phrases on it."""
    end = noun.i + 1
    for child in noun.children:
        if child.i >= end and base(child.dep_) in {"nmod", "flat", "appos"} and not _gap(noun.doc, end, child):
            end = max(end, max(t.i for t in child.subtree if not _clausal(t, child)) + 1)
    return end


def _gap(doc: Doc, end: int, child: Token) -> bool:
    first = min(t.i for t in child.subtree)
    return any(doc[i].pos_ in {"VERB", "AUX"} or doc[i].text == "," for i in range(end, first))


def _clausal(token: Token, top: Token) -> bool:
    while token != top:
        if base(token.dep_) in {"acl", "advcl", "ccomp", "xcomp", "conj"} or token.is_punct:
            return True
        token = token.head
    return False


def _is_complement(verb: Token, end: int, lexicon: Lexicon) -> bool:
    """An infinitive with its marker, or a clause opened by a conjunction of content right behind the comma."""
    if is_nominal(verb) or verb.dep_ == "acl:relcl":
        return False
    marks = children(verb, "mark")
    infinitive = any(c.lower_ in lexicon.cue("quotation", "infinitive") for c in marks) or verb.tag_ == "VVIZU"
    content = any(c.lower_ in lexicon.cue("quotation", "content_conjunctions") and c.i <= end + 1 for c in marks)
    purpose = any(c.lower_ in lexicon.cue("conditional", "purpose") for c in marks)
    return (infinitive or content) and not purpose
