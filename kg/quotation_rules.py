"""Indirect speech as the tree shows it: which clause is said, by which words, by whom, to whom.

Rules: `quote:complement` (sagte, dass ...), `quote:content` ('der Ansicht, dass'), `quote:noun` ('die Forderung, ... zu'),
`quote:inserted` ('..., erklärte X, ...'), `quote:wie` ('wie X mitteilte'), `quote:so` ('so X'), `quote:phrase` ('nach Angaben
von X', 'laut', 'zufolge'), `quote:anaphor` ('demnach', 'wonach'), `quote:back` ('Das berichtet X.').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from spacy.tokens import Doc, Span, Token

from kg.lexicon import Lexicon, stem
from kg.model import StatementType
from kg.syntax import adposition, ancestors, auxiliaries, base, children, clause_head, finite, is_nominal, morph, predicate_lemma

COMPLEMENTS = frozenset({"ccomp", "xcomp", "csubj"})
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


def phrase(head: Token) -> list[int]:
    """A noun phrase as a speaker is named: with its attributes and appositions, without preposition, clauses and adverbs."""
    inside, stack = {head.i}, [head]
    while stack:
        node = stack.pop()
        for child in node.children:
            skip = base(child.dep_) in NOT_NAMED and not (base(child.dep_) == "advmod" and node != head)
            if not skip and not (node == head and child.dep_ in {"case", "cop", "nsubj", "aux", "conj"} and _outside(child, head)):
                inside.add(child.i)
                stack.append(child)
    return _around(head, inside)


def _outside(child: Token, head: Token) -> bool:
    return child.dep_ != "conj" or not is_nominal(child)


def _around(head: Token, inside: set[int]) -> list[int]:
    """The run of tokens around the head, over the commas, brackets and marks between its parts."""
    first, last = head.i, head.i
    for step in (-1, 1):
        i, gap = head.i, 0
        while 0 <= (i := i + step) < len(head.doc) and gap < 3:
            if i in inside:
                first, last, gap = min(first, i), max(last, i), 0
            elif head.doc[i].is_punct or head.doc[i].is_space:
                gap += 1
            else:
                break
    return list(range(first, _closed(head.doc, first, last) + 1))


def _closed(doc: Doc, first: int, last: int) -> int:
    """The end of the phrase with the bracket or mark that closes what it opens."""
    nxt = doc[last + 1].text if last + 1 < len(doc) else ""
    texts = [t.text for t in doc[first : last + 1]]
    return last + 1 if (nxt == ")" and "(" in texts) or (nxt in set("“”\"«") and set(texts) & set("„“\"»")) else last


@dataclass
class Indirect:
    """Finds indirect speech in the sentences of a Doc; tokens in `inside` stand in direct speech and give none."""

    doc: Doc
    lexicon: Lexicon
    inside: set[int]

    def find(self, sent: Span) -> Iterator[Speech]:
        """The indirect quotations of a sentence; several may overlap."""
        for token in sent:
            if token.i in self.inside or token.is_space:
                continue
            if found := self._of_verb(token):
                yield found
            if found := self._of_noun(token) or self._of_phrase(token) or self._of_so(token) or self._of_anaphor(token):
                yield found

    # -- words of saying

    def cue_words(self, verb: Token) -> list[int]:
        """The tokens that make a predicate one of saying, the verb first; none if it is not."""
        if verb.pos_ not in {"VERB", "AUX", "ADJ", "NOUN", "ADV", "PROPN", "ADP"} or is_nominal(verb) and finite(verb) is None:
            return []
        lemma, group = predicate_lemma(verb), self.lexicon.cue
        helpers = [t.i for t in auxiliaries(verb)] + [c.i for c in verb.children if c.dep_ == "compound:prt"]
        if any(lemma in group("attribution", name) for name in ("verbs", "denial_verbs", "doubt_verbs")) or lemma in group(
            "quotation", "verbs"
        ):
            return sorted([verb.i, *helpers]) if lemma not in group("quotation", "never") else []
        if verb.lower_ in group("quotation", "predicates") and helpers:
            return sorted([verb.i, *helpers])
        for child in verb.children:
            known = child.lower_ in group("quotation", "predicates") and child.pos_ != "NOUN"
            if known or (base(child.dep_) in {"obj", "obl", "nsubj"} and self.is_saying(child)):
                return sorted([verb.i, child.i, *helpers])
        return []

    def is_saying(self, noun: Token) -> bool:
        """Whether a noun names something said or thought ('Forderung', 'Regierungsangaben')."""
        known = self.lexicon.cue("quotation", "nouns")
        if noun.pos_ not in {"NOUN", "PROPN"}:
            return False
        return noun.lemma_ in known or any(noun.lemma_.lower().endswith(n.lower()) for n in known if len(n) > 4)

    def speaker_of(self, verb: Token, depth: int = 0) -> Token | None:
        """The subject of a verb of saying, by control and coordination too; of a passive, its agent or carrier."""
        for child in children(verb, "nsubj"):
            if child.dep_ == "nsubj:pass" or child.lower_ in self.lexicon.cue("quotation", "dummies"):
                return self._agent(verb)
            return child
        if any(c.dep_ == "aux:pass" for c in verb.children):
            return self._agent(verb)
        if depth < 3 and base(verb.dep_) in {"conj", "xcomp", "advcl"} and not is_nominal(verb.head) and finite(verb) is None:
            return self.speaker_of(verb.head, depth + 1)
        if depth < 3 and verb.dep_ == "conj" and not is_nominal(verb.head):
            return self.speaker_of(verb.head, depth + 1)
        return self._agent(verb)

    def _agent(self, verb: Token) -> Token | None:
        """Whose speech it is when the subject does not tell: 'von X', 'in einer Mitteilung', 'aus Kreisen'."""
        carriers = self.lexicon.cue("quotation", "carriers")
        for child in children(verb, "obl", "nmod"):
            case = adposition(child)
            low = self.lexicon.grammar["contractions"].get(case.lower_, case.lower_) if case is not None else ""
            if low in carriers and is_nominal(child) and (low in {"von", "aus"} or not self._is_when(child)):
                return child
        return None

    def _is_when(self, noun: Token) -> bool:
        return noun.ent_type_ == "LOC" or noun.pos_ == "NUM" or stem(noun.lemma_) in self.lexicon.cue("quotation", "times")

    def addressee_of(self, verb: Token, speaker: Token | None) -> Token | None:
        """Whom the words are said to: a dative, 'gegenüber X', or the object of a verb that hands it to the infinitive."""
        lemma, group = predicate_lemma(verb), self.lexicon.cue
        for child in verb.children:
            case = adposition(child)
            if child == speaker or not is_nominal(child) or morph(child, "Reflex") == "Yes":
                continue
            if case is not None and case.lower_ in group("quotation", "addressee"):
                return child
            if case is None and (child.dep_ in {"obl:arg", "iobj"} or (base(child.dep_) == "obj" and morph(child, "Case") == "Dat")):
                return child
            if case is None and base(child.dep_) == "obj" and lemma in group("auxiliaries", "object_control"):
                return child
            if child.dep_ == "nsubj:pass" and lemma in group("auxiliaries", "object_control"):
                return child
        return None

    def speech(self, rule: str, quote: set[int], verb: Token, cue: list[int]) -> Speech | None:
        """A quotation under a verb."""
        quote = content(self.doc, quote - set(cue))
        if not quote:
            return None
        head = self.speaker_of(verb)
        to = self.addressee_of(verb, head)
        found = Speech("indirect", rule, quote, cue, phrase(head) if head is not None else [], head.i if head is not None else None)
        found.addressee = phrase(to) if to is not None else []
        found.frame = self._frame(verb, quote)
        return found

    def _frame(self, verb: Token, quote: set[int]) -> set[int]:
        return content(self.doc, {i for i in below(verb) if self.doc[i].sent == verb.sent} - quote)

    # -- clauses under or beside a verb

    def _of_verb(self, verb: Token) -> Speech | None:
        cue = self.cue_words(verb)
        if not cue:
            return None
        if self._is_wie(verb):
            return self._beside(verb, cue, "quote:wie")
        quote: set[int] = set()
        for node in [verb, *(self.doc[i] for i in cue if i != verb.i), *self._correlates(verb)]:
            for child in node.children:
                if child.i not in cue and self._is_said(child, verb):
                    quote |= below(child)
        if quote:
            return self.speech("quote:complement", quote, verb, cue)
        return self._inserted(verb, cue) or self._back(verb, cue)

    def _correlates(self, verb: Token) -> list[Token]:
        """'davon', 'damit', 'darauf', which stand for the clause."""
        known = self.lexicon.cue("quotation", "correlates")
        return [c for c in verb.children if c.lower_ in known]

    def _is_said(self, child: Token, verb: Token) -> bool:
        """Whether a dependent is a clause that the verb presents as said."""
        dep = base(child.dep_)
        marked = any(c.lower_ in self.lexicon.cue("quotation", "complementizers") for c in child.children)
        if dep in COMPLEMENTS:
            return marked or finite(child) is not None or self._is_infinitive(child)
        if dep in {"advcl", "acl"} and child.dep_ != "acl:relcl":
            return marked and child.i > verb.i
        if dep == "parataxis" and child.i > verb.i and finite(child) is not None:
            left = child.left_edge.i
            return left > 0 and self.doc[left - 1].text in ",:" or self.doc[left].text in ",:"
        return False

    def _is_infinitive(self, verb: Token) -> bool:
        particle = self.lexicon.grammar["quotation"]["infinitive"]
        return any(c.lower_ == particle for c in verb.children) or (
            verb.tag_ == "VVIZU" or any(c.tag_ == "VVIZU" for c in auxiliaries(verb))
        )

    def _is_wie(self, verb: Token) -> bool:
        wie = self.lexicon.grammar["quotation"]["as"]
        return base(verb.dep_) in {"advcl", "parataxis", "acl"} and any(c.lower_ == wie for c in verb.children)

    def _beside(self, verb: Token, cue: list[int], rule: str) -> Speech | None:
        """The clause that the verb of saying is inserted into."""
        host = verb.head
        while is_nominal(host) and finite(host) is None and host.head != host:
            host = host.head
        quote = below(host) - below(verb)
        found = self.speech(rule, quote, verb, cue)
        if found is not None:
            found.frame = content(self.doc, below(verb))
        return found

    def _inserted(self, verb: Token, cue: list[int]) -> Speech | None:
        """'..., erklärte die Polizei, ...': a verb with its subject behind it, after a comma, in or after another clause."""
        if base(verb.dep_) not in {"parataxis", "conj", "dep", "ccomp"} or verb.head == verb or finite(verb) is None:
            return None
        subjects = children(verb, "nsubj")
        left = verb.left_edge.i
        start = next((i for i in range(left, verb.i + 1) if not (self.doc[i].is_punct or self.doc[i].is_space)), verb.i)
        so = self.doc[start].lower_ == self.lexicon.grammar["quotation"]["so"]
        first = self.doc[start + so]
        comma = any(self.doc[i].text in ",–—-" for i in range(max(0, start - 1), start))
        if not comma or first.i != min(cue) or not subjects or subjects[0].i < first.i:
            return None
        return self._beside(verb, cue, "quote:inserted")

    def _back(self, verb: Token, cue: list[int]) -> Speech | None:
        """'Das berichtet die Zeitung.': the sentence before is what was said."""
        that = [c for c in verb.children if c.lower_ in self.lexicon.cue("quotation", "back") and base(c.dep_) in {"obj", "nsubj"}]
        before = verb.sent.start - 1
        while before > 0 and self.doc[before].is_space and self.doc[before].text.count("\n") < 2:
            before -= 1
        if not that or verb.dep_ != "ROOT" or before < 0 or self.doc[before].is_space or before in self.inside:
            return None
        if that[0].dep_ == "nsubj" or that[0].i != verb.sent.start:
            return None
        found = self.speech("quote:back", {t.i for t in self.doc[before].sent} | {that[0].i}, verb, cue)
        if found is not None:
            found.frame = {t.i for t in verb.sent if not t.is_space}
        return found

    # -- nouns, phrases and particles

    def _of_noun(self, noun: Token) -> Speech | None:
        """'die Forderung, ... zu', 'der Vorwurf, er habe'."""
        if not self.is_saying(noun):
            return None
        said = [
            c
            for c in noun.children
            if c.i > noun.i
            and base(c.dep_) in {"acl", "ccomp", "xcomp", "advcl"}
            and c.dep_ != "acl:relcl"
            and (self._is_infinitive(c) or finite(c) is not None)
        ]
        quote = content(self.doc, set().union(*(below(c) for c in said)) if said else set())
        if not quote:
            return None
        head = self._owner(noun) or self._light_subject(noun)
        named = phrase(head) if head is not None else []
        frame = {noun.i, *named}
        return Speech("indirect", "quote:noun", quote, [noun.i], named, head.i if head is not None else None, [], frame)

    def _owner(self, noun: Token) -> Token | None:
        """'die Forderung der Opposition', 'seine Forderung', 'Merkels Forderung'."""
        for child in noun.children:
            case = adposition(child)
            owns = morph(child, "Poss") == "Yes" or (child.dep_ == "nmod" and (case is None or case.lower_ in {"von", "vom"}))
            if owns and child.i not in self.inside:
                return child
        return None

    def _light_subject(self, noun: Token) -> Token | None:
        verb = clause_head(noun)
        return self.speaker_of(verb) if base(noun.dep_) in {"obj", "obl"} and noun.head == verb else None

    def _of_phrase(self, token: Token) -> Speech | None:
        """'nach Angaben von X', 'laut X', 'X zufolge': what its clause says."""
        low, group = token.lower_, self.lexicon.cue
        if token.pos_ not in {"ADP", "SCONJ", "ADV", "CCONJ", "PART", "X"}:
            return None
        bare, after = low in group("quotation", "prepositions"), low in group("quotation", "postpositions")
        with_noun = low in group("attribution", "with_noun")
        if not (bare or after or with_noun):
            return None
        noun = self._phrase_noun(token, after)
        if noun is None or (not (bare or after) and not self.is_source_noun(noun)):
            return None
        return self._phrase_speech(token, noun)

    def is_source_noun(self, noun: Token) -> bool:
        """'Angaben', 'Ansicht', 'Polizeiangaben', 'eigenen Worten'."""
        known = self.lexicon.cue("attribution", "nouns") | self.lexicon.cue("quotation", "source_nouns")
        low = noun.lower_
        return noun.lemma_ in known or any(low.endswith(h) for h in self.lexicon.cue("attribution", "compound_heads"))

    def _phrase_noun(self, token: Token, after: bool) -> Token | None:
        head: Token = token.head
        if token.dep_ == "case" and is_nominal(head):
            return head
        step = -1 if after else 1
        for i in range(token.i + step, token.i + 7 * step, step):
            if not token.sent.start <= i < token.sent.end:
                return None
            if is_nominal(self.doc[i]):
                noun = self.doc[i]
                while after and noun.head.i < noun.i and is_nominal(noun.head) and noun.dep_ not in {"conj"}:
                    noun = noun.head
                return noun
        return None

    def _phrase_speech(self, token: Token, noun: Token) -> Speech | None:
        named = [i for i in phrase(noun) if i != token.i]
        host = clause_head(noun)
        own = set(named) | {token.i} | below(noun)
        quote = content(self.doc, below(host) - own if host != noun else {t.i for t in noun.sent} - own)
        if not quote or not named:
            return None
        return Speech("indirect", "quote:phrase", quote, [token.i], named, noun.i, [], {token.i, *named})

    def _of_so(self, token: Token) -> Speech | None:
        """'..., so ein Sprecher': a noun phrase after 'so' between commas."""
        doc = self.doc
        if token.lower_ != self.lexicon.grammar["quotation"]["so"] or token.i + 1 >= token.sent.end:
            return None
        before = doc[token.i - 1].text if token.i else ""
        nxt = doc[token.i + 1]
        if before not in {",", "–", "—", "-", "“", '"', "(", "”"} or nxt.pos_ not in {"DET", "NOUN", "PROPN", "ADJ", "PRON", "NUM"}:
            return None
        noun = next((t for t in doc[token.i + 1 : min(token.i + 9, token.sent.end)] if t.pos_ in {"NOUN", "PROPN", "PRON"}), None)
        if noun is None or any(t.pos_ in {"VERB", "AUX"} for t in doc[token.i + 1 : noun.i]):
            return None
        return self._so_speech(token, noun)

    def _so_speech(self, token: Token, noun: Token) -> Speech | None:
        named = [i for i in phrase(noun) if i > token.i]
        end = max(named) + 1
        while end < token.sent.end and self.doc[end].dep_ == "advmod" and self.doc[end].lower_ in self.lexicon.cue("quotation", "on"):
            end += 1
        closed = end >= token.sent.end or self.doc[end].is_punct or self.doc[end].is_space or adposition(self.doc[end].head)
        quote = {t.i for t in token.sent} - set(range(token.i - 1, end)) - self.inside
        quote = content(self.doc, quote)
        if not closed:
            return None
        if any(i > end for i in quote) and not any(i < token.i for i in quote):
            quote = {i for i in quote if i >= end}
        return Speech("indirect", "quote:so", quote, [token.i], named, noun.i, [], {token.i, *named})

    def _of_anaphor(self, token: Token) -> Speech | None:
        """'Demnach', 'wonach': what follows is what was said."""
        if token.lower_ not in self.lexicon.cue("quotation", "anaphors"):
            return None
        host = clause_head(token)
        later = token.lower_ in self.lexicon.cue("quotation", "anaphors_first") and token.i != token.sent.start
        if later or host == token:
            return None
        quote = content(self.doc, below(host) - {token.i})
        return Speech("indirect", "quote:anaphor", quote, [token.i], [token.i], token.i, [], {token.i}) if quote else None


def governors(token: Token) -> list[Token]:
    """The token's heads within its sentence, nearest first."""
    return list(ancestors(token))
