"""Indirect speech as the tree shows it: which clause is said, by which words, by whom, to whom.

Rules: `quote:complement` (sagte, dass ...), `quote:content` ('der Ansicht, dass'), `quote:noun` ('die Forderung, ... zu'),
`quote:inserted` ('..., erklärte X, ...'), `quote:wie` ('wie X mitteilte'), `quote:so` ('so X'), `quote:phrase` ('nach Angaben
von X', 'laut', 'zufolge', 'seiner Ansicht nach'), `quote:view` ('Für X sei das ...'),
`quote:anaphor` ('demnach', 'wonach'), `quote:back` ('Das berichtet X.').
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.quotation_clauses import Clauses
from kg.quotation_parts import Speech, below, content
from kg.syntax import adposition, antecedent, base, children, clause_head, finite, is_nominal, morph
from kg.trees import Span, Token

COMPLEMENTS = frozenset({"ccomp", "xcomp", "csubj"})
BREAKS = frozenset({",", "–", "—", "-", "“", "”", '"', "("})  # what parts words of saying from what is said


class Indirect(Clauses):
    """Finds indirect speech in the sentences of a Doc."""

    def __post_init__(self) -> None:
        Clauses.__post_init__(self)
        self._views = tuple(sorted(self.lexicon.cue("quotation", "views")))

    def find(self, sent: Span) -> Iterator[Speech]:
        """The indirect quotations of a sentence; several may overlap."""
        for token in sent:
            if token.i in self.inside or token.is_space:
                continue
            if found := self._of_verb(token):
                yield found
            if (found := self.view(token)) and self.is_subjunctive(clause_head(token)):
                yield found
            if found := self._of_noun(token) or self._of_phrase(token) or self.of_so(token) or self._of_anaphor(token):
                yield found

    def speech(self, rule: str, quote: set[int], verb: Token, cue: list[int]) -> Speech | None:
        """A quotation under a verb."""
        quote = content(self.doc, quote - set(cue) - self._after_colon(verb.sent))
        if not quote:
            return None
        head = self.speaker_of(verb)
        found = self.said(Speech("indirect", rule, quote, cue), head, self.addressee_of(verb, head))
        found.frame = self._frame(verb, quote)
        return found

    def _frame(self, verb: Token, quote: set[int]) -> set[int]:
        return content(self.doc, {i for i in below(verb) if self.doc[i].sent == verb.sent} - quote)

    # -- clauses under or beside a verb

    def _of_verb(self, verb: Token) -> Speech | None:
        cue = self.cue_words(verb)
        if not cue:
            return None
        subject = next(iter(children(verb, "nsubj")), None)
        if subject is not None and subject.lower_ in self.lexicon.cue("quotation", "narrator"):
            return None
        if found := self._wie(verb, cue):
            return found
        quote, plain = set[int](), self.says(verb)
        for node in [verb, *(self.doc[i] for i in cue if i != verb.i), *self.correlates(verb)]:
            for child in node.children:
                if child.i not in cue and self.is_said(child, verb) and (plain or not self.is_plain(child)):
                    quote |= below(child) - self.turned(child)
        quote |= self.continued(verb, quote) or self.shared(verb, quote)
        inserted = None if max(quote, default=0) > verb.i else self._inserted(verb, cue)
        if inserted is None and quote:
            found = self.speech("quote:complement", quote, verb, cue)
            if found is not None and (noun := self._reporting(found, verb)) is not None:
                self.said(found, noun)
            return None if found is None or self._is_open(found) else found
        return inserted or self._back(verb, cue)

    def _reporting(self, found: Speech, verb: Token) -> Token | None:
        """'wies Berichte zurück, wonach ...': the words are those of the reports."""
        if self.doc[min(found.quote)].lower_ not in self.lexicon.cue("quotation", "relative"):
            return None
        objects = [c for c in children(verb, "obj", "obl", "nsubj:pass") if c.pos_ in {"NOUN", "PROPN"}]
        return max((c for c in objects if c.i < min(found.quote)), key=lambda t: t.i, default=None)

    def _is_open(self, found: Speech) -> bool:
        """'Es wird geprüft, ob ...': a question that nobody is said to ask."""
        opening = self.doc[min(found.quote)].lower_
        return found.head is None and opening in self.lexicon.cue("quotation", "questions")

    def _wie(self, verb: Token, cue: list[int]) -> Speech | None:
        """'Wie X mitteilte, ...': the rest of the sentence is what was said."""
        sent, wie = verb.sent, self.lexicon.cue("quotation", "as")
        start = next((i for i in range(verb.i - 1, sent.start - 1, -1) if self.doc[i].lower_ in wie), None)
        if start is None or base(verb.dep_) in COMPLEMENTS or finite(verb) is None:
            return None
        opens = start == sent.start or self.doc[start - 1].is_punct or self.doc[start - 1].dep_ == "cc"
        between, dummies = self.doc[start + 1 : min(cue)], self.lexicon.cue("quotation", "dummies")
        if not opens or any(t.pos_ in {"VERB", "AUX"} and morph(t, "VerbForm") == "Fin" and t.i not in cue for t in between):
            return None
        end = max(cue) + 1
        if end < sent.end and not self.doc[end].is_punct:
            return None
        found = self._rest(verb, cue, start, end, "quote:wie")
        if found is not None and found.head is None:
            named = next((t for t in between if is_nominal(t) and adposition(t) is None and t.lower_ not in dummies), None)
            self.said(found, named, None)
        return found

    def _rest(self, verb: Token, cue: list[int], start: int, end: int, rule: str) -> Speech | None:
        """The sentence without the words from `start` to `end`, which tell who said it."""
        sent = verb.sent
        found = self.speech(rule, {t.i for t in sent} - set(range(start, end)) - self._after_colon(sent), verb, cue)
        if found is not None:
            found.frame = content(self.doc, range(start, end))
        return found

    def _after_colon(self, sent: Span) -> set[int]:
        """Direct speech behind a colon, and what follows it."""
        for token in self.doc[sent.start + 1 : sent.end]:
            if token.i in self.inside and token.i - 1 not in self.inside and self.doc[token.i - 1].text == ":":
                return set(range(token.i - 1, sent.end))
        return set()

    def _inserted(self, verb: Token, cue: list[int]) -> Speech | None:
        """'..., erklärte die Polizei, ...': a finite verb behind a comma and before its subject, in or after another clause."""
        sent, before = verb.sent, min(cue) - 1
        opening = self.lexicon.cue("quotation", "so") | self.lexicon.cue("quotation", "back")
        if before > sent.start and self.doc[before].lower_ in opening:
            before -= 1
        first, predicates = self.doc[min(cue)], self.lexicon.cue("quotation", "predicates")
        says = self.says(verb) or any(self.doc[i].lower_ in predicates for i in cue)  # 'gab X bekannt'
        if not says or any(c.dep_ == "aux:pass" for c in verb.children):
            return None
        if before <= sent.start or self.doc[before].text not in BREAKS or morph(first, "VerbForm") != "Fin":
            return None
        subjects = [c for c in children(verb, "nsubj") if c.i > first.i]
        earlier = any(base(c.dep_) == "advcl" and c.i < first.i for c in verb.children)
        said = [t for t in self.doc[sent.start : before] if t.pos_ in {"VERB", "AUX"} and t.i not in self.inside]
        if not subjects or earlier or not said:
            return None
        end = max([*self.phrase(subjects[0]), *cue]) + 1
        while end < sent.end and self.doc[end].text not in {",", "–", "—", ".", ":", ";"}:
            end += 1
        return self._rest(verb, cue, before, end, "quote:inserted")

    def _back(self, verb: Token, cue: list[int]) -> Speech | None:
        """'Das berichtet die Zeitung.': the sentence before is what was said."""
        words = self.lexicon.cue("quotation", "back")
        that = [c for c in verb.children if c.lower_ in words and base(c.dep_) in {"obj", "nsubj"}]
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
            and (c.dep_ != "acl:relcl" or self.is_loose(c))
            and (self.is_infinitive(c) or finite(c) is not None)
        ]
        quote = content(self.doc, set().union(*(below(c) for c in said)) if said else set())
        if not quote:
            return None
        relative = self.doc[min(quote)].lower_ in self.lexicon.cue("quotation", "relative")  # 'Gerüchte, wonach'
        subject = next(iter(children(noun, "nsubj")), None) or self._light_subject(noun)
        head = noun if relative else self._owner(noun) or subject or noun
        named = self.phrase(head) if head is not None else []
        frame = {noun.i, *named}
        return Speech("indirect", "quote:noun", quote, [noun.i], named, head.i if head is not None else None, [], frame)

    def _owner(self, noun: Token) -> Token | None:
        """'die Forderung der Opposition', 'seine Forderung', 'Merkels Forderung'."""
        for child in noun.children:
            case = adposition(child)
            low = self.lexicon.grammar["contractions"].get(case.lower_, case.lower_) if case is not None else ""
            genitive = case is None or low in self.lexicon.grammar["prepositions"]["genitive"]
            owns = morph(child, "Poss") == "Yes" or (child.dep_ == "nmod" and genitive)
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
        with_noun = low in group("quotation", "with_noun")
        behind = with_noun and self._is_behind(token)
        if not (bare or after or with_noun):
            return None
        noun = self._phrase_noun(token, after or behind)
        if noun is None or (not (bare or after) and not self.is_source_noun(antecedent(noun), low)):
            return None
        if with_noun and not behind and token.i > token.sent.start and self.is_time(self.doc[token.i - 1]):
            return None  # 'zwei Monate nach dem Bericht'
        return self._phrase_speech(token, noun)

    def _is_behind(self, token: Token) -> bool:
        """'Meiner Meinung nach', 'ihrer Ansicht nach': the preposition of a view behind its noun."""
        noun = self.doc[max(0, token.i - 1)]
        ahead = token.dep_ == "case" and token.head.i > token.i
        bare = not any(c.dep_ == "case" and c != token for c in noun.children)
        known = noun.lemma_ in self.lexicon.cue("attribution", "nouns") or noun.lower_.endswith(self._views)
        return noun.pos_ == "NOUN" and bare and known and not ahead

    def is_source_noun(self, noun: Token, preposition: str) -> bool:
        """'Angaben', 'Ansicht', 'Polizeiangaben', 'eigenen Worten'; 'aus' goes with a few only."""
        if preposition in self.lexicon.cue("quotation", "from"):
            return noun.lemma_ in self.lexicon.cue("quotation", "view")
        cue = self.lexicon.cue
        known = noun.lemma_ in cue("attribution", "nouns") or noun.lemma_ in cue("quotation", "source_nouns")
        compound = any(noun.lower_.endswith(head) for head in cue("attribution", "compound_heads"))
        return known or compound or self.lexicon.kind_of_noun(noun.lemma_) == "Document"

    def _phrase_noun(self, token: Token, after: bool) -> Token | None:
        head: Token = token.head
        if token.dep_ == "case" and is_nominal(head) and (head.i < token.i) == after:
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

    def _owned(self, named: list[int]) -> list[int]:
        """'Angaben informierter Kreise': the phrase with the genitive behind its noun, wherever the parser hung it."""
        last, goes_on = max(named), {"NOUN", "DET", "ADJ"}
        end = last
        while end + 1 < len(self.doc) and self.doc[end].pos_ in goes_on and morph(self.doc[end + 1], "Case") == "Gen":
            end += 1
        bare = self.doc[last].pos_ == "NOUN" and self.doc[end].pos_ in {"NOUN", "PROPN"}
        return [*named, *range(last + 1, end + 1)] if bare else named

    def _phrase_speech(self, token: Token, noun: Token) -> Speech | None:
        named = [i for i in self._owned(self.phrase(noun)) if i != token.i]
        host = clause_head(noun)
        own = set(named) | {token.i} | below(noun)
        quote = content(self.doc, below(host) - own if host != noun else {t.i for t in noun.sent} - own)
        if not quote or not named:
            return None
        return Speech("indirect", "quote:phrase", quote, [token.i], named, noun.i, [], {token.i, *named})

    def view(self, token: Token) -> Speech | None:
        """'Für die Ministerin sei das „ein guter Tag“': whose view a sentence with a copula tells."""
        noun = token.head
        if token.lower_ not in self.lexicon.cue("quotation", "viewers") or token.i != token.sent.start or not is_nominal(noun):
            return None
        host = clause_head(noun)
        if not any(c.dep_ == "cop" for c in host.children) or not self._is_person(noun):
            return None
        named = [i for i in self.phrase(noun) if i != token.i]
        quote = content(self.doc, below(host) - set(named) - {token.i})
        return Speech("indirect", "quote:view", quote, [token.i], named, noun.i, [], {token.i, *named}) if quote else None

    def _is_person(self, noun: Token) -> bool:
        return noun.ent_type_ == "PER" or self.lexicon.role_of_noun(noun.text, noun.lemma_) is not None

    def is_subjunctive(self, verb: Token) -> bool:
        """Konjunktiv, by the tagger or as one of the frequent forms of Konjunktiv I."""
        form = finite(verb)
        if form is None or form.lower_ in self.lexicon.cue("modals", "wish_forms"):
            return False
        return morph(form, "Mood") == "Sub" or form.lower_ in self.lexicon.cue("modals", "reported_forms")

    def of_so(self, token: Token) -> Speech | None:
        """'..., so ein Sprecher': a noun phrase after 'so' between commas."""
        doc = self.doc
        if token.lower_ not in self.lexicon.cue("quotation", "so") or token.i + 1 >= token.sent.end:
            return None
        before = doc[token.i - 1].text if token.i else ""
        nxt = doc[token.i + 1]
        if before not in BREAKS or nxt.pos_ not in {"DET", "NOUN", "PROPN", "ADJ", "PRON", "NUM"}:
            return None
        noun = next((t for t in doc[token.i + 1 : min(token.i + 9, token.sent.end)] if t.pos_ in {"NOUN", "PROPN", "PRON"}), None)
        if nxt.pos_ == "ADJ" and nxt.i + 1 < len(doc) and doc[nxt.i + 1].is_punct:
            noun = nxt  # 'so letztere'
        if noun is None or any(t.pos_ in {"VERB", "AUX"} for t in doc[token.i + 1 : noun.i]):
            return None
        return self._so_speech(token, noun)

    def _so_speech(self, token: Token, noun: Token) -> Speech | None:
        named = [i for i in self.phrase(noun) if i > token.i]
        end = max(named) + 1
        while end < token.sent.end and self.doc[end].lower_ in self.lexicon.cue("quotation", "on"):
            end += 1
        closed = end >= token.sent.end or self.doc[end].is_punct or self.doc[end].is_space or adposition(self.doc[end].head)
        colon = max((t.i for t in token.sent if t.text == ":" and t.i < token.i), default=token.sent.start - 1)
        quote = set(range(colon + 1, token.sent.end)) - set(range(token.i - 1, end)) - self.inside
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
        verb = finite(host)
        vague = token.lower_ in self.lexicon.cue("quotation", "anaphors_first")
        claimed = verb is not None and (morph(verb, "Mood") == "Sub" or verb.lemma_ in self.lexicon.cue("quotation", "hearsay"))
        if later or host == token or (vague and not claimed):
            return None
        quote = content(self.doc, below(host) - {token.i})
        told = host.head if base(host.dep_) == "acl" and is_nominal(host.head) else token  # 'Berichte, wonach'
        named = self.phrase(told) if told != token else [token.i]
        return Speech("indirect", "quote:anaphor", quote, [token.i], named, told.i, [], {token.i}) if quote else None
