"""What the quotation rules share: a quotation while it is found, the phrases of speakers, and which words say something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.lexicon import Lexicon, stem
from kg.model import StatementType
from kg.status import is_negated
from kg.syntax import adposition, auxiliaries, base, children, finite, is_nominal, morph, predicate_lemma
from kg.trees import Doc, Token

PREDICATES = frozenset({"VERB", "AUX", "ADJ", "NOUN", "ADV", "PROPN", "ADP"})
NOT_NAMED = frozenset({"acl", "advcl", "parataxis", "punct", "ccomp", "xcomp", "csubj", "advmod", "cc", "dep", "discourse"})


@dataclass(slots=True)
class Speech:
    """A quotation while it is found; token indices throughout. `head` is the head of the speaker's phrase."""

    type: StatementType
    rule: str
    quote: set[int]
    cue: list[int] = field(default_factory=list)
    speaker: list[int] = field(default_factory=list)
    head: int | None = None
    addressee: list[int] = field(default_factory=list)
    frame: set[int] = field(default_factory=set)


def below(token: Token) -> set[int]:
    """The token and everything under it."""
    return {t.i for t in token.subtree}


def content(doc: Doc, indices: Iterable[int]) -> set[int]:
    """The tokens without punctuation, white space and conjunctions at the ends of each run; marks and brackets stay."""
    kept = set(indices)
    for i in sorted(kept):
        if i - 1 not in kept:
            _strip(doc, kept, i, 1)
    for i in sorted(kept, reverse=True):
        if i + 1 not in kept:
            _strip(doc, kept, i, -1)
    return kept


def _strip(doc: Doc, kept: set[int], i: int, step: int) -> None:
    while i in kept and (doc[i].is_space or doc[i].text in ".,;:–—-" or (step > 0 and doc[i].dep_ == "cc")):
        kept.discard(i)
        i += step


def phrase(head: Token, of: frozenset[str] = frozenset()) -> list[int]:
    """A noun phrase as a speaker is named: with its attributes and appositions, without preposition, clauses and adverbs.

    Behind the name of a person, a phrase with one of the prepositions `of` belongs to it wherever the parser hung it.
    """
    inside, stack = {head.i}, [head]
    while stack:
        node = stack.pop()
        for child in node.children:
            if _is_part(child, node == head):
                inside.add(child.i)
                stack.append(child)
    return _around(head, inside, of)


def _is_part(child: Token, top: bool) -> bool:
    """Whether a dependent belongs to the phrase, given that it hangs on the head itself or deeper."""
    dep = base(child.dep_)
    if dep in NOT_NAMED and (top or dep != "advmod"):
        return False
    return not top or (dep not in {"case", "cop", "nsubj", "aux"} and (dep != "conj" or is_nominal(child)))


def _around(head: Token, inside: set[int], of: frozenset[str]) -> list[int]:
    """The run of tokens around the head, over the commas, brackets and marks between its parts."""
    first, last = head.i, head.i
    for step in (-1, 1):
        i, gap = head.i, 0
        while 0 <= (i := i + step) < len(head.doc) and gap < 3:
            if i in inside:
                first, last, gap = min(first, i), max(last, i), 0
            elif head.doc[i].is_punct or head.doc[i].is_space or head.doc[i].dep_ == "cc":
                gap += 1
            else:
                break
    first, last = _named(head.doc, first, last)
    last = _apposed(head.doc, _belonging(head.doc, last, of))
    return list(range(first, _closed(head.doc, first, last) + 1))


def _named(doc: Doc, first: int, last: int) -> tuple[int, int]:
    """The phrase with the whole of the names at its ends."""
    while first > 0 and doc[first].ent_iob_ == "I":
        first -= 1
    while last + 1 < len(doc) and doc[last].ent_type_ and doc[last + 1].ent_iob_ == "I":
        last += 1
    return first, last


def _belonging(doc: Doc, last: int, of: frozenset[str]) -> int:
    """'Ken Muster vom Institut': what a person belongs to, right behind the name, wherever the parser hung it."""
    follows = doc[last + 1] if last + 1 < len(doc) else None
    if follows is None or doc[last].ent_type_ != "PER" or follows.dep_ != "case" or follows.lower_ not in of:
        return last
    body = follows.head
    return max([last, *(i for i in phrase(body) if i > last)]) if last < body.i <= last + 5 else last


def _apposed(doc: Doc, last: int) -> int:
    """'Karla Muster, Sprecherin des Vereins, sagte': an office between commas behind a name, wherever the parser hung it."""
    if doc[last].ent_type_ != "PER" or last + 3 >= len(doc) or doc[last + 1].text != ",":
        return last
    opening = next((t for t in doc[last + 2 : last + 6] if t.pos_ not in {"DET", "ADJ"}), doc[last])
    if opening.pos_ != "NOUN":
        return last
    for i in range(last + 2, min(last + 24, len(doc) - 1)):
        token, following = doc[i], doc[i + 1]
        ends = token.text == "," and morph(following, "VerbForm") == "Fin"
        if ends or token.text in {".", ":"}:
            return i - 1
        if token.pos_ in {"VERB", "AUX", "SCONJ"} or token.is_space:
            return last
    return last


def _closed(doc: Doc, first: int, last: int) -> int:
    """The end of the phrase with the bracket or mark that closes what it opens."""
    nxt = doc[last + 1].text if last + 1 < len(doc) else ""
    texts = [t.text for t in doc[first : last + 1]]
    return last + 1 if (nxt == ")" and "(" in texts) or (nxt in set('“”"«') and set(texts) & set('„“"»')) else last


@dataclass
class Saying:
    """Which words of a Doc say something, who says it and to whom; tokens in `inside` stand in direct speech."""

    doc: Doc
    lexicon: Lexicon
    inside: set[int]

    def __post_init__(self) -> None:
        nouns = sorted(self.lexicon.cue("quotation", "nouns"))
        self._heads = tuple(n.lower() for n in nouns if len(n) > 6)  # short ones end too many other words
        self._days = tuple(sorted(self.lexicon.cue("quotation", "days")))
        self._cues: dict[int, list[int]] = {}
        genitive = set(self.lexicon.grammar["prepositions"]["genitive"])
        joined = {form for form, prep in self.lexicon.grammar["contractions"].items() if prep in genitive}
        self._of = frozenset(genitive | joined)

    def phrase(self, head: Token) -> list[int]:
        """The noun phrase of a speaker."""
        return phrase(head, self._of)

    def said(self, speech: Speech, head: Token | None, addressee: Token | None = None) -> Speech:
        """The quotation with its speaker and addressee."""
        speech.speaker, speech.head = (self.phrase(head), head.i) if head is not None else ([], None)
        speech.addressee = self.phrase(addressee) if addressee is not None else []
        return speech

    def cue_words(self, verb: Token) -> list[int]:
        """The tokens that make a predicate one of saying, in text order; none if it is not."""
        if verb.i not in self._cues:
            self._cues[verb.i] = self._find_cue(verb)
        return self._cues[verb.i]

    def _find_cue(self, verb: Token) -> list[int]:
        if verb.pos_ not in PREDICATES or (is_nominal(verb) and finite(verb) is None):
            return []
        lemma, cue = predicate_lemma(verb), self.lexicon.cue
        helpers = [t.i for t in auxiliaries(verb)] + [c.i for c in verb.children if c.dep_ == "compound:prt"]
        known = any(lemma in cue("attribution", name) for name in ("verbs", "denial_verbs", "doubt_verbs"))
        if lemma in cue("quotation", "never"):
            return self._standing_for(verb, helpers)
        if known or lemma in cue("quotation", "verbs"):
            silent = lemma in cue("quotation", "silent_if_negated") and is_negated(verb, self.lexicon)
            return sorted([verb.i, *helpers]) if not (silent or self._turns_out(verb)) else []
        light = self._light(verb, helpers)
        return light if light and not is_negated(verb, self.lexicon) else self._standing_for(verb, helpers)

    def _turns_out(self, verb: Token) -> bool:
        """'stellte sich heraus, dass': with the reflexive, nobody says it."""
        selves, turning = self.lexicon.cue("pronouns", "reflexive"), self.lexicon.cue("quotation", "turning_out")
        return predicate_lemma(verb) in turning and any(c.lower_ in selves for c in verb.children)

    def _standing_for(self, verb: Token, helpers: list[int]) -> list[int]:
        """'hält es für möglich, dass', 'sprach davon, dass': a verb that says with the word that stands for the clause."""
        lemma, cue = predicate_lemma(verb), self.lexicon.cue
        for child in verb.children:
            if f"{lemma} {child.lower_}" in cue("quotation", "with_correlate"):
                return sorted([verb.i, child.i, *helpers])
        placed = any(c.lower_ in cue("quotation", "placeholders") for c in verb.children)
        if not placed or lemma not in cue("quotation", "rating_verbs"):
            return []
        rated = [c for c in verb.children if any(t.lower_ in cue("quotation", "rating") for t in (c, *c.children))]
        return sorted({verb.i, *helpers, *(c.i for c in rated[:1])}) if rated else []

    def _light(self, verb: Token, helpers: list[int]) -> list[int]:
        """'gibt bekannt', 'ist der Ansicht', 'die Forderung lautet': a verb that says with another word."""
        predicates = self.lexicon.cue("quotation", "predicates")
        if verb.lower_ in predicates and helpers:
            return sorted([verb.i, *helpers])
        light = predicate_lemma(verb) in self.lexicon.cue("quotation", "light")
        for child in verb.children:
            idle = f"{child.lemma_} {predicate_lemma(verb)}" in self.lexicon.cue("quotation", "idioms")
            noun = base(child.dep_) in {"obj", "obl", "nsubj"} and (light or child.dep_ != "nsubj") and self.is_saying(child)
            case = adposition(child)
            sourced = case is not None and case.lower_ in self.lexicon.cue("quotation", "with_noun")  # 'seiner Ansicht nach'
            noun = noun and not (idle or sourced)
            if noun or (child.lower_ in predicates and child.pos_ != "NOUN"):
                return sorted([verb.i, child.i, *helpers])
        return []

    def says(self, verb: Token) -> bool:
        """Whether the verb by itself is one of saying."""
        lemma, group = predicate_lemma(verb), self.lexicon.cue
        known = lemma in group("attribution", "verbs") or lemma in group("attribution", "denial_verbs")
        return known and lemma not in group("quotation", "never")

    def is_saying(self, noun: Token) -> bool:
        """Whether a noun names something said or thought ('Forderung', 'Regierungsangaben')."""
        if noun.pos_ not in {"NOUN", "PROPN"}:
            return False
        return noun.lemma_ in self.lexicon.cue("quotation", "nouns") or noun.lemma_.endswith(self._heads)

    def speaker_of(self, verb: Token, depth: int = 0) -> Token | None:
        """The subject of a verb of saying, by control and coordination too; of a passive, its agent or carrier."""
        quoted = self.quotes(verb)
        if quoted and (cited := self._cited(verb)) is not None:
            return cited
        for child in children(verb, "nsubj"):
            if child.pos_ == "ADV" or self.is_time(child):
                continue
            if (child.dep_ == "nsubj:pass" and not quoted) or child.lower_ in self.lexicon.cue("quotation", "dummies"):
                return self._agent(verb)
            return child
        if any(c.dep_ == "aux:pass" for c in verb.children):
            return self._agent(verb)
        if verb.dep_ != "conj" and (near := self._behind(verb)) is not None:
            return near
        if depth < 3 and base(verb.dep_) in {"conj", "xcomp", "advcl"} and not is_nominal(verb.head) and finite(verb) is None:
            return self.speaker_of(verb.head, depth + 1)
        if depth < 3 and verb.dep_ == "conj" and not is_nominal(verb.head):
            return self.speaker_of(verb.head, depth + 1)
        return self._nominative(verb) or self._agent(verb)

    def quotes(self, verb: Token) -> bool:
        """Whether the verb hands on the words of another ('zitieren')."""
        return predicate_lemma(verb) in self.lexicon.cue("quotation", "quoted")

    def _cited(self, verb: Token) -> Token | None:
        """'zitiert die Zeitung den Minister': who spoke is the object."""
        if not children(verb, "nsubj") or any(c.dep_ == "aux:pass" for c in verb.children):
            return None
        found = [c for c in children(verb, "obj", "iobj") if adposition(c) is None and self._is_somebody(c)]
        return next((c for c in found if c.pos_ != "PRON"), None)

    def quoter_of(self, verb: Token) -> Token | None:
        """Who hands on the words of another: 'zitiert die Zeitung den Minister', 'wird von der Zeitung zitiert'."""
        if self._cited(verb) is not None:
            return next(iter(children(verb, "nsubj")), None)
        passive = any(c.dep_ == "aux:pass" for c in verb.children) and bool(children(verb, "nsubj"))
        return self._agent(verb) if passive else None

    def _behind(self, verb: Token) -> Token | None:
        """The phrase right behind the finite verb that the parser took for an object: 'hatte die Ministerin gesagt'."""
        form = finite(verb)
        start = form.i + 1 if form is not None else len(self.doc)
        while start < verb.sent.end and self.doc[start].is_punct and self.doc[start].text != ",":
            start += 1
        if form is None or start >= verb.sent.end or self.doc[start].pos_ not in {"DET", "PROPN", "NOUN"}:
            return None
        near = [c for c in verb.children if start in {c.i, c.left_edge.i} and is_nominal(c) and adposition(c) is None]
        sure = [c for c in near if form == verb or morph(c, "Case") == "Nom"]
        return next((c for c in sure if not self.is_time(c)), None)

    def _nominative(self, verb: Token) -> Token | None:
        """A phrase in the nominative before the verb that has no subject in the tree."""
        if finite(verb) is None:
            return None
        near = [c for c in verb.children if c.i < verb.i and c.pos_ in {"NOUN", "PROPN"} and adposition(c) is None]
        fit = [c for c in near if morph(c, "Case") == "Nom" and base(c.dep_) in {"obj", "obl", "nmod", "dep", "appos"}]
        return next((c for c in fit if not self.is_time(c)), None)

    def _agent(self, verb: Token) -> Token | None:
        """Whose speech it is when the subject does not tell: 'von X', 'in einer Mitteilung', 'aus Kreisen'."""
        carriers, sure = self.lexicon.cue("quotation", "carriers"), self.lexicon.cue("quotation", "sure_carriers")
        topical, found = self.lexicon.cue("quotation", "topical"), list[Token]()
        for child in children(verb, "obl", "nmod"):
            case = adposition(child)
            low = self.lexicon.grammar["contractions"].get(case.lower_, case.lower_) if case is not None else ""
            if low in topical and predicate_lemma(verb) in self.lexicon.cue("quotation", "about"):
                continue  # 'von einem Unfall wird ausgegangen'
            if low in sure and is_nominal(child):
                return child
            if low in carriers and is_nominal(child) and not self._is_when(child):
                found.append(child)
        return found[0] if found else None

    def _is_when(self, noun: Token) -> bool:
        return noun.ent_type_ == "LOC" or noun.pos_ == "NUM" or self.is_time(noun)

    def is_time(self, noun: Token) -> bool:
        """'Jahr', 'Montag', 'Montagabend', 'Dezember'."""
        return stem(noun.lemma_) in self.lexicon.cue("quotation", "times") or noun.lemma_.lower().startswith(self._days)

    def addressee_of(self, verb: Token, speaker: Token | None) -> Token | None:
        """Whom the words are said to: a dative, 'gegenüber X', or the object of a verb that hands it to the infinitive."""
        lemma = predicate_lemma(verb)
        others = [c for c in verb.children if c != speaker and is_nominal(c) and morph(c, "Reflex") != "Yes"]
        return next((c for c in others if self._is_addressed(c, lemma)), None)

    def _is_addressed(self, child: Token, lemma: str) -> bool:
        case, cue, dep = adposition(child), self.lexicon.cue, base(child.dep_)
        if case is not None:
            prep = self.lexicon.grammar["contractions"].get(case.lower_, case.lower_)
            asked = f"{lemma} {prep}" in cue("quotation", "addressed") and self._is_somebody(child)
            return dep in {"obl", "nmod"} and (asked or prep in cue("quotation", "addressee"))
        if child.dep_ in {"obl:arg", "iobj"} or (dep == "obj" and morph(child, "Case") == "Dat"):
            return self._is_somebody(child)
        objects = dep == "obj" or child.dep_ == "nsubj:pass"
        handed = lemma in cue("auxiliaries", "object_control") or lemma in cue("auxiliaries", "dative_control")
        return objects and handed and self._is_somebody(child)

    def _is_somebody(self, noun: Token) -> bool:
        """Whether a phrase can name one who is spoken to."""
        kind = self.lexicon.kind_of_noun(noun.lemma_)
        named = noun.ent_type_ or noun.pos_ in {"PRON", "PROPN"} or self.lexicon.role_of_noun(noun.text, noun.lemma_) is not None
        return kind in {"Person", "Organization", "Group", "Place"} or bool(named)
