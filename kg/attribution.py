"""Who says so: the source to whom the text attributes a clause.

Rules: `source:complement` (sagte, dass ...), `source:quotation` (direct speech beside a verb of saying), `source:phrase`
('nach Angaben von', 'laut', 'zufolge'), `source:wie` ('wie X mitteilte'), `source:subjunctive` (indirect speech carried
over from the sentence before).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from kg.clusters import Cluster, Links
from kg.syntax import Sentences, adposition, ancestors, base, children, finite, is_nominal, morph, predicate_lemma
from kg.trees import Token

Source = tuple[Cluster | None, str]
NONE: Source = (None, "")
WRITER: Source = (None, "source:writer")  # what the writer adds in a relative clause
SPEAKERS = frozenset({"Person", "Organization", "Place", "Group", "Document"})


@dataclass
class Attribution:
    """Finds sources; remembers the last speaker of each sentence for indirect speech that runs on."""

    links: Links
    speakers: dict[int, Cluster] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sentences = Sentences.of(self.links.doc)
        for number in range(len(sentences.starts)):
            for token in self.links.doc[slice(*sentences.span(number))]:
                if (speaker := self._speaker_here(token)) is not None:
                    self.speakers[number] = speaker
                    break

    def _speaker_here(self, token: Token) -> Cluster | None:
        if token.pos_ == "VERB" and self._is_cue(token) and self._has_speech(token):
            return self._speaker(token)
        return self._phrase(token)[0]

    def _is_cue(self, verb: Token) -> bool:
        lexicon = self.links.lexicon
        lemma = predicate_lemma(verb)
        return lemma in lexicon.cue("attribution", "verbs") or lemma in lexicon.cue("attribution", "denial_verbs")

    def _has_speech(self, verb: Token) -> bool:
        return any(base(c.dep_) in {"ccomp", "parataxis"} for c in verb.children) or verb.dep_ == "parataxis"

    def _speaker(self, verb: Token) -> Cluster | None:
        for child in children(verb, "nsubj"):
            found = self.links.of(child)
            if found is not None and found.kind in SPEAKERS and not self._vague(child):
                return found
        return None

    def _vague(self, token: Token) -> bool:
        vague = self.links.lexicon.cue("attribution", "vague")
        return token.lemma_ in vague or token.lemma_.rpartition("-")[2] in vague

    def source(self, token: Token) -> Source:
        """The source of the clause headed by the token."""
        chain = [token, *ancestors(token)]
        below = token
        for node in chain:
            if below.dep_ == "acl:relcl" and node != below and not self._is_reported(below):
                return WRITER
            found = self._phrase_of(node)
            if found[1]:
                return found
            if node != token and (said := self._said(node, below))[1]:
                return said
            if (quoted := self._quoted(node))[1]:
                return quoted
            below = node
        return self._carried(token)

    def _is_reported(self, verb: Token) -> bool:
        form = finite(verb)
        return form is not None and morph(form, "Mood") == "Sub"

    def _said(self, verb: Token, below: Token) -> Source:
        """A clause that a verb of saying governs."""
        if is_nominal(verb) or not self._is_cue(verb) or is_nominal(below):
            return NONE
        if base(below.dep_) in {"ccomp", "parataxis", "xcomp"} and not (
            base(below.dep_) == "xcomp" and morph(below, "VerbForm") == "Inf"
        ):
            return self._speaker(verb), "source:complement"
        return NONE

    def _quoted(self, node: Token) -> Source:
        """'..., sagte X' and 'wie X mitteilte' hang on the clause they attribute."""
        for child in node.children:
            if base(child.dep_) in {"parataxis", "advcl"} and child.pos_ == "VERB" and self._is_cue(child):
                wie = any(c.lower_ in self.links.lexicon.cue("attribution", "particles") for c in child.children)
                if base(child.dep_) == "parataxis" or wie:
                    return self._speaker(child), "source:wie" if wie else "source:quotation"
        return NONE

    def _phrase_of(self, node: Token) -> Source:
        for child in node.children:
            if base(child.dep_) in {"obl", "nmod", "advmod", "parataxis", "dep"} and (found := self._phrase(child))[1]:
                return found
        return NONE

    def _phrase(self, token: Token) -> Source:
        """'nach Angaben von X', 'laut X', 'X zufolge', 'aus Sicht von X'."""
        lexicon, case = self.links.lexicon, adposition(token)
        if case is None or not is_nominal(token):
            return NONE
        low = lexicon.grammar["contractions"].get(case.lower_, case.lower_)
        noun = self._reports(token)
        if noun and low in lexicon.cue("attribution", "with_noun"):
            return self._owner(token), "source:phrase"
        if low in lexicon.grammar["attribution"]["bare"]:
            found = self.links.of(token)
            known = found is not None and found.kind in SPEAKERS and not self._vague(token)
            return (found if known else None), "source:phrase"
        return NONE

    def _reports(self, token: Token) -> bool:
        """A noun of saying, by itself or as the last part of a compound ('Presseerklärung')."""
        nouns = self.links.lexicon.cue("attribution", "nouns")
        return bool({token.lemma_, token.text} & nouns) or token.lemma_.lower().endswith(_endings(nouns))

    def _owner(self, token: Token) -> Cluster | None:
        for child in token.children:
            if base(child.dep_) in {"nmod", "det"} and (found := self.links.of(child)) is not None and found.kind in SPEAKERS:
                return None if self._vague(child) else found
        return None

    def _carried(self, token: Token) -> Source:
        """Indirect speech in Konjunktiv I without a verb of saying goes on with the speaker before."""
        verb = finite(token)
        for node in ancestors(token):
            verb = finite(node) if verb is None else verb
        modals = self.links.lexicon.cue("modals", "hypothetical_forms") | self.links.lexicon.cue("modals", "wish_forms")
        if verb is None or morph(verb, "Mood") != "Sub" or verb.lower_ in modals:
            return NONE
        number = Sentences.of(self.links.doc).number(token.i)
        for back in (number, number - 1, number - 2):
            if back in self.speakers:
                return self.speakers[back], "source:subjunctive"
        return NONE


@lru_cache(maxsize=16)
def _endings(nouns: frozenset[str]) -> tuple[str, ...]:
    """What compounds of the nouns end in."""
    return tuple(sorted(n.lower() for n in nouns if len(n) > 6))
