"""Small questions to a Universal Dependencies tree. Everything above it speaks of phrases and arguments, not of labels."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kg.trees import Doc, Token, remembered

SENTENCES = "polgraph_sentences"
NOMINAL = frozenset({"NOUN", "PROPN", "PRON", "NUM", "X"})
SUBJECTS = frozenset({"nsubj", "nsubj:pass", "csubj", "csubj:pass"})
CLAUSAL = frozenset(
    {"ROOT", "root", "ccomp", "xcomp", "advcl", "acl", "acl:relcl", "csubj", "csubj:pass", "parataxis", "conj", "dep"}
)


@dataclass(frozen=True)
class Sentences:
    """The sentences of a Doc by token index; spaCy walks the whole Doc for every question about a token's sentence."""

    starts: tuple[int, ...]
    length: int

    @classmethod
    def of(cls, doc: Doc) -> Sentences:
        """The sentences of the Doc, found once and kept with it."""
        if SENTENCES not in doc.user_data:
            doc.user_data[SENTENCES] = cls(tuple(t.i for t in doc if t.is_sent_start or t.i == 0), len(doc))
        found: Sentences = doc.user_data[SENTENCES]
        return found

    def number(self, index: int) -> int:
        """Which sentence the token stands in, counted from 0."""
        return bisect_right(self.starts, index) - 1

    def span(self, number: int) -> tuple[int, int]:
        """First and last-plus-one token of a sentence."""
        return self.starts[number], self.starts[number + 1] if number + 1 < len(self.starts) else self.length


def same_sentence(a: Token, b: Token) -> bool:
    """Whether two tokens stand in one sentence."""
    sentences = Sentences.of(a.doc)
    return sentences.number(a.i) == sentences.number(b.i)


@lru_cache(maxsize=256)
def base(dep: str) -> str:
    """A relation without its subtype: 'obl:arg' -> 'obl'."""
    return dep.partition(":")[0]


def morph(token: Token, feature: str) -> str:
    """The value of a morphological feature, or ''."""
    values = token.morph.get(feature, [])
    return str(values[0]) if values else ""


def children(token: Token, *deps: str) -> list[Token]:
    """Children with one of the relations (with or without subtype), in text order."""
    return [c for c in token.children if c.dep_ in deps or base(c.dep_) in deps]


@remembered
def adposition(token: Token) -> Token | None:
    """The preposition (or postposition) of a phrase."""
    own = next((c for c in token.children if _is_case(c)), None)
    if own is not None or token.pos_ != "PROPN":
        return own
    later = (c for part in token.children if part.dep_ == "flat" for c in part.children)  # 'in Den Haag', hung on its last part
    return next((c for c in later if _is_case(c) and c.i < token.i), None)


def _is_case(token: Token) -> bool:
    return token.dep_ == "case" and token.pos_ in {"ADP", "SCONJ", "ADV", "CCONJ"}


def conjuncts(token: Token) -> list[Token]:
    """The token and what is coordinated with it, nominal ones only if it is nominal."""
    found = [token]
    for head in found:
        told = (c for bearer in (head, *_name_of(head)) for c in bearer.children)
        found += [c for c in told if c.dep_ == "conj" and same_class(c, token) and not is_role(c)]
    return sorted(found, key=lambda t: t.i)


def _name_of(token: Token) -> list[Token]:
    """The name behind a title, on which the tree often hangs what is coordinated with both ('Minister X und Ministerin Y')."""
    return [c for c in children(token, "appos") if token.pos_ == "NOUN" and c.pos_ == "PROPN" and c.i > token.i]


def is_role(token: Token) -> bool:
    """An 'als' phrase that the tree calls a conjunct ('die Wahl von X als Präsident')."""
    return any(c.dep_ in {"case", "cc"} and c.tag_ == "KOKOM" for c in token.children)


def same_class(a: Token, b: Token) -> bool:
    """Whether both are nominal or both are predicates."""
    return is_nominal(a) == is_nominal(b)


@remembered
def is_nominal(token: Token) -> bool:
    """A noun, name, pronoun, number, or an adjective used as a noun."""
    return token.pos_ in NOMINAL or (
        token.pos_ == "ADJ" and token.text[:1].isupper() and token.dep_ != "amod" and not token.is_sent_start
    )


@remembered
def auxiliaries(token: Token) -> list[Token]:
    """Auxiliaries, passive auxiliaries, modals and copulas of a predicate."""
    return [c for c in token.children if base(c.dep_) in {"aux", "cop"}]


@remembered
def finite(token: Token) -> Token | None:
    """The finite verb of the predicate: itself or one of its auxiliaries."""
    verbs = [t for t in (token, *auxiliaries(token)) if morph(t, "VerbForm") == "Fin" or morph(t, "Mood")]
    return next((t for t in verbs if t != token), verbs[0] if verbs else None)


@remembered
def particle(token: Token) -> Token | None:
    """The separated prefix of a verb."""
    return next((c for c in token.children if c.dep_ == "compound:prt"), None)


@remembered
def predicate_lemma(token: Token) -> str:
    """The lemma of a predicate, its separated prefix joined."""
    prefix = particle(token)
    lemma = str(token.lemma_).replace("|", "")
    if prefix is not None and not lemma.startswith(prefix.text.lower()):
        return prefix.text.lower() + lemma.lower()
    return lemma


def subtree_span(token: Token, stop: frozenset[str] = frozenset()) -> tuple[int, int]:
    """First and last-plus-one token of the subtree, without branches whose relation is in `stop`; contiguous around `token`."""
    inside = {token.i}
    stack = [token]
    while stack:
        for child in stack.pop().children:
            if child.dep_ not in stop and base(child.dep_) not in stop:
                inside.add(child.i)
                stack.append(child)
    start, end = token.i, token.i + 1
    while start - 1 in inside:
        start -= 1
    while end in inside:
        end += 1
    return start, end


@remembered
def clause_head(token: Token) -> Token:
    """The predicate of the clause in which the token stands."""
    node = token
    while node.head != node:
        if (
            node.dep_ in CLAUSAL
            and (node.pos_ in {"VERB", "AUX"} or finite(node) is not None)
            and not (node == token and is_nominal(node))
        ):
            return node
        node = node.head
    return node


def antecedent(token: Token) -> Token:
    """The noun that a relative pronoun stands for; any other token itself."""
    if not token.tag_.startswith("PREL") and morph(token, "PronType") != "Rel":
        return token
    node = token
    while node.head != node:
        if node.dep_ in {"acl:relcl", "acl"}:
            return _agreeing(token, node.head)
        node = node.head
    return token


def _agreeing(pronoun: Token, noun: Token) -> Token:
    """The noun of a phrase with which the pronoun agrees, if not the nearest ('ein Anschlag auf die Moschee, bei dem')."""
    node = noun
    while not _agrees(pronoun, node):
        if base(node.dep_) not in {"nmod", "appos", "conj"} or not is_nominal(node.head):
            return noun
        node = node.head
    return node


def _agrees(a: Token, b: Token) -> bool:
    """Whether gender (in the singular) and number do not contradict each other, as far as they are told."""
    numbers, genders = (morph(a, "Number"), morph(b, "Number")), (morph(a, "Gender"), morph(b, "Gender"))
    if all(numbers) and numbers[0] != numbers[1]:
        return False
    return "Plur" in numbers or not all(genders) or genders[0] == genders[1]


def ancestors(token: Token) -> Iterator[Token]:
    """The token's heads, nearest first."""
    while token.head != token:
        token = token.head
        yield token


def trim(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """A token span without punctuation and conjunctions at its ends."""
    while start < end and (doc[start].is_punct or doc[start].is_space or doc[start].dep_ == "cc"):
        start += 1
    while end > start and (doc[end - 1].is_punct or doc[end - 1].is_space):
        end -= 1
    return start, end
