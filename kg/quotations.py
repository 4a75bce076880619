"""Who said what: direct, indirect, reported and free indirect speech, each with its speaker.

Rules beside those of `kg.quotation_rules` and `kg.quotation_running`: `quote:direct` (between quotation marks);
`speaker:...` tells where the speaker of a direct quotation was found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from kg.clusters import Links
from kg.model import Article, Statement
from kg.quotation_marks import Marked, find_marked
from kg.quotation_parts import Speech, below, content
from kg.quotation_rules import Indirect
from kg.quotation_running import Running
from kg.quotation_statements import SPEAKERS, statement
from kg.syntax import adposition, ancestors, base, children, clause_head, finite, is_nominal, predicate_lemma
from kg.trees import Doc, Span, Token

BESIDE = 8  # words before a colon in which 'so X weiter' may stand
LONG = 5  # words from which on marked words are hardly a name


def find_statements(links: Links, article: Article) -> tuple[Statement, ...]:
    """The quotations of an article in text order."""
    reader = _Reader(links)
    found = sorted(reader.read(), key=lambda s: (min(s.quote), max(s.quote), s.type))
    return tuple(statement(s, links, article) for s in found)


@dataclass
class _Reader:
    """Goes through the sentences; remembers who spoke last."""

    links: Links
    found: list[Speech] = field(default_factory=list)
    last: Speech | None = None

    def __post_init__(self) -> None:
        self.doc, self.lexicon = self.links.doc, self.links.lexicon
        self.marked = find_marked(self.doc, self.lexicon)
        self.blocks = [m for m in self.marked if self._is_block(m)]
        self.inside = {i for m in self.blocks for i in range(m.start, m.end)}
        self.ending: dict[int, list[Marked]] = defaultdict(list)  # by the first token of the sentence where speech ends
        self.fragments: dict[int, list[Marked]] = defaultdict(list)
        for mark in self.marked:
            if mark.start in self.inside:
                self.ending[self.doc[mark.end - 1].sent.start].append(mark)
            else:
                self.fragments[self.doc[mark.start].sent.start].append(mark)
        self.rules = Indirect(self.doc, self.lexicon, self.inside)
        self.running = Running(self.links, self.rules, self.found)

    def read(self) -> list[Speech]:
        """Every quotation of the Doc."""
        for sent in self.doc.sents:
            self._sentence(sent)
        return self.found

    def _sentence(self, sent: Span) -> None:
        found = _distinct(self.rules.find(sent))
        blocks = self.ending[sent.start]
        mine = [s for s in found if self._is_beyond(s.quote)]
        if not mine and not self._is_inside(sent):
            mine += self.running.carried(sent, self.last) or ([] if blocks else self.running.reported(sent))
        mine += [self._direct(m, [*found, *mine]) for m in blocks]
        pieces = [s for s in (self._fragment(m, mine) for m in self.fragments[sent.start]) if s is not None]
        self._remember(sent, mine or pieces)
        known = {id(s) for s in self.found}
        said = [s for s in _joined(sent, [*mine, *pieces], self.rules) if id(s) not in known]
        self.found += [*said, *(t for s in said if (t := self._handed_on(s)) is not None)]

    def _handed_on(self, speech: Speech) -> Speech | None:
        """'zitiert die Zeitung den Minister': the same words are the quotation of the newspaper, too."""
        verb = next((self.doc[i] for i in speech.cue if self.rules.quotes(self.doc[i])), None)
        by = self.rules.quoter_of(verb) if verb is not None and speech.type == "direct" else None
        if by is None or by.i == speech.head or by.i in speech.quote:
            return None
        found = self.rules.said(Speech("direct", "quote:direct + speaker:quoter", set(speech.quote), list(speech.cue)), by)
        found.frame = set(speech.frame)
        return found

    def _remember(self, sent: Span, mine: list[Speech]) -> None:
        """Who spoke last: the speaker of the outermost speech, else the subject of a verb of saying."""
        outer = [s for s in mine if s.head is not None and not any(set(s.cue) & o.quote for o in mine if o is not s and s.cue)]
        if outer:
            speaking = self._own(outer[-1])
            self.last = speaking if speaking.rule != "quote:anaphor" or self.last is None else self.last
        elif not mine and sent.root.i not in self.inside:
            says = self.rules.cue_words(sent.root) or self._is_naming(sent.root)
            found = self._by_verb(sent.root, "speaker:subject") if says else self._actor(sent)
            named = found is not None and found.head is not None and self.doc[found.head].pos_ != "PRON"
            self.last = found if named else self.last

    def _own(self, speech: Speech) -> Speech:
        """'X hat nach eigenen Angaben ...': it is X who goes on speaking."""
        own = self.lexicon.cue("quotation", "own")
        if speech.head is None or not any(self.doc[i].lemma_ in own for i in speech.speaker):
            return speech
        subject = next(iter(children(clause_head(self.doc[speech.head]), "nsubj")), None)
        return self.rules.said(Speech("indirect", "speaker:own", set()), subject) if subject is not None else speech

    def _actor(self, sent: Span) -> Speech | None:
        """A person or organisation of whom the sentence tells: it may speak in the next one."""
        for child in children(sent.root, "nsubj"):
            cluster = self.links.of(child)
            if cluster is not None and cluster.kind in {"Person", "Organization"} and child.dep_ == "nsubj":
                return self.rules.said(Speech("indirect", "speaker:topic", set()), child)
        return None

    def _is_beyond(self, quote: set[int]) -> bool:
        """Whether indirect speech says more than the direct speech in it: a verb or conjunction stands outside the marks."""
        outside = [self.doc[i] for i in sorted(quote - self.inside) if not (self.doc[i].is_punct or self.doc[i].is_space)]
        known = self.lexicon.cue("quotation", "complementizers")
        verbal = any(t.pos_ in {"VERB", "AUX"} or t.lower_ in known for t in outside)
        return (len(outside) > 1 and (verbal or not quote & self.inside)) or 2 * len(outside) > len(quote) > 2

    def _is_inside(self, sent: Span) -> bool:
        return all(t.i in self.inside or t.is_punct or t.is_space for t in sent)

    # -- direct speech

    def _is_block(self, mark: Marked) -> bool:
        """Speech by its form: a clause, or an end of a sentence within the marks."""
        words = mark.words(self.doc)
        before = self.doc[mark.start - 1] if mark.start else None
        if len(words) < 2 or self._is_title(mark):
            return False
        if before is not None and (before.pos_ == "DET" or before.dep_ == "case") and words[0].text[:1].isupper():
            return False  # 'der „Bund hilft“': a name
        clause = len(words) > 2 and any(finite(w) is not None for w in words if w.pos_ in {"VERB", "AUX"})
        return clause or self.doc[mark.end - 2].text in self.lexicon.cue("quotation", "stops")

    def _is_title(self, mark: Marked) -> bool:
        """A name or title: behind a noun that calls for one."""
        before = self.doc[mark.start - 1] if mark.start else None
        titles = self.lexicon.cue("quotation", "titled")
        return before is not None and any(before.lemma_.lower().endswith(t) for t in titles)

    def _direct(self, mark: Marked, mine: list[Speech]) -> Speech:
        found = Speech("direct", "quote:direct", set(range(mark.start, mark.end)))
        sought = self._after(mark) or self._before(mark) or self._inscribed(mark) or self._around(mark, mine)
        sought = sought or self._above(mark) or self._alone(mark)
        return _said_by(found, sought)

    def _after(self, mark: Marked) -> Speech | None:
        """'„...“, sagte X' and '„...“, so X'."""
        i, end = mark.end, self.doc[mark.end - 1].sent.end
        while i < end and (self.doc[i].text in ",–—-" or self.doc[i].is_space):
            i += 1
        if i >= end:
            return None
        token = self.doc[i]
        if token.pos_ in {"VERB", "AUX"}:
            verb = token if token.pos_ == "VERB" or token.dep_ == "ROOT" else token.head
            return self._by_verb(verb, "speaker:after") if i > mark.end or self.rules.cue_words(verb) else None
        return None

    def _by_verb(self, verb: Token, rule: str) -> Speech | None:
        head = self.rules.speaker_of(verb)
        if head is not None and head.i in self.inside:
            return None
        cue = self.rules.cue_words(verb) or [verb.i]
        if head is None and not self.rules.cue_words(verb):
            return None
        found = self.rules.said(Speech("direct", rule, set(), cue), head, self.rules.addressee_of(verb, head))
        found.frame = content(self.doc, {i for i in below(verb) if self.doc[i].sent == verb.sent} - self.inside)
        return found

    def _before(self, mark: Marked) -> Speech | None:
        """'X sagte: „...“'."""
        i = mark.start - 1
        while i > 0 and self.doc[i].is_space and self.doc[i].text.count("\n") < 2:
            i -= 1
        if i <= 0 or self.doc[i].text != ":":
            return None
        sent = self.doc[i].sent
        before = [t for t in self.doc[sent.start : i] if t.i not in self.inside and not t.is_punct]
        for token in before[-BESIDE:]:
            if (so := self.rules.of_so(token)) is not None:
                return so
        verbs = [t for t in before if t.pos_ in {"VERB", "AUX"}]
        verbs = [t for t in verbs if self.rules.cue_words(t) or t.dep_ in {"ROOT", "ccomp"}]
        verbs.sort(key=lambda t: (not self.rules.says(t), not self.rules.cue_words(t), -t.i))
        for verb in verbs if not self.rules.is_subjunctive(sent.root) or any(map(self.rules.says, verbs)) else ():
            found = self._by_verb(verb, "speaker:before")
            if found is not None and found.head is not None and self._is_likely(found, verb):
                return found
        if self.rules.is_subjunctive(sent.root) and self.last is not None:
            return self.last
        noun = next((t for t in before if t.pos_ in {"NOUN", "PROPN", "PRON"} and adposition(t) is None), None)
        if noun is None or (self.last is not None and not self._can_speak(noun)):
            return self.last
        return self.rules.said(Speech("direct", "speaker:colon", set()), noun)

    def _can_speak(self, noun: Token) -> bool:
        """Whether a phrase names somebody, a text, or somebody's words."""
        cluster = self.links.of(noun)
        if self.rules.is_saying(noun) or noun.lemma_ in self.lexicon.cue("attribution", "nouns"):
            return True
        return noun.pos_ == "PRON" or bool(noun.ent_type_) or (cluster is not None and cluster.kind in SPEAKERS)

    def _is_likely(self, found: Speech, verb: Token) -> bool:
        """With no verb of saying, the subject speaks only if it can, or if nobody spoke before."""
        says = bool(self.rules.cue_words(verb)) or self.last is None
        return says or (found.head is not None and self._can_speak(self.doc[found.head]))

    def _around(self, mark: Marked, mine: list[Speech]) -> Speech | None:
        """Speech that holds the marked words: the smallest."""
        words = set(range(mark.start + 1, mark.end - 1))
        holding = [s for s in mine if s.quote >= words]
        so = [s for s in mine if not s.quote and max(s.frame) < mark.end + 20]
        return min(holding, key=lambda s: len(s.quote), default=None) or (so[0] if so else None)

    def _above(self, mark: Marked) -> Speech | None:
        """A verb of saying in whose clause the marked words stand."""
        words = mark.words(self.doc)
        outer = [w for w in words if not mark.start <= w.head.i < mark.end]
        for word in outer:
            for verb in ancestors(word):
                if not mark.start <= verb.i < mark.end and (self.rules.says(verb) or self._is_naming(verb)):
                    return self._by_verb(verb, "speaker:clause")
        return None

    def _is_naming(self, verb: Token) -> bool:
        """Whether somebody names or rates something with the verb: not what it calls itself, nor what people call it."""
        selves = self.lexicon.cue("pronouns", "reflexive")
        nobody = any(c.dep_ == "nsubj" and c.lower_ in self.lexicon.cue("quotation", "dummies") for c in verb.children)
        passive = any(c.dep_ == "aux:pass" for c in verb.children) and self.rules.speaker_of(verb) is None
        reflexive = any(c.lower_ in selves and base(c.dep_) in {"obj", "expl"} for c in verb.children)
        return predicate_lemma(verb) in self.lexicon.cue("quotation", "naming") and not (nobody or passive or reflexive)

    def _alone(self, mark: Marked) -> Speech | None:
        """No words of saying: who spoke last, else the subject of the sentence around it."""
        root = self.doc[mark.start].sent.root
        if (told := self._told_after(mark)) is not None:
            return told
        says = root.i not in self.inside and self.rules.says(root)
        return self.last or (self._by_verb(root, "speaker:subject") if says else None)

    def _told_after(self, mark: Marked) -> Speech | None:
        """'„...“ Das sagte X.'"""
        i = mark.end
        while i < len(self.doc) and (self.doc[i].is_space or self.doc[i].text in self.lexicon.cue("quotation", "stops")):
            i += 1
        if i >= len(self.doc) or self.doc[i].lower_ not in self.lexicon.cue("quotation", "back"):
            return None
        root = self.doc[i].sent.root
        tells = self.rules.says(root) and self.doc[i].head in {root, *root.children}
        return self._by_verb(root, "speaker:told") if tells else None

    def _fragment(self, mark: Marked, mine: list[Speech]) -> Speech | None:
        """Some marked words within a sentence: speech if somebody is said to have said them."""
        words = mark.words(self.doc)
        if not words or self._is_title(mark):
            return None
        inside = set(range(mark.start, mark.end))
        behind = self._after(mark) if self.doc[min(mark.end, len(self.doc) - 1)].text == "," else None
        beside = self._before(mark) or self._inscribed(mark) or behind
        sought = beside or self._held(mark, mine) or self._evident(mark, words, mine)
        if sought is None or inside & set(sought.speaker) or self._is_source(mark):
            return None
        written = beside is not None and beside.rule == "speaker:inscription"
        sure = written or (beside is not None and any(self.rules.says(self.doc[i]) for i in beside.cue))
        if not sure and self._is_name(mark, words) and not self._is_predicated(mark, sought):
            return None
        return _said_by(Speech("direct", "quote:direct", inside), sought)

    def _inscribed(self, mark: Marked) -> Speech | None:
        """'Plakate mit der Aufschrift „...“', 'riefen die Parole „...“': words that are written or shouted."""
        noun = self.doc[max(0, mark.start - 1)]
        if noun.lemma_ not in self.lexicon.cue("quotation", "inscriptions"):
            return None
        verb, bearer = clause_head(noun), noun.head if is_nominal(noun.head) and noun.head != noun else None
        subject = next((c for c in children(verb, "nsubj") if c != noun), None)
        place = next((c for c in children(verb, "obl", "nmod") if c != noun and adposition(c) is not None), None)
        return self.rules.said(Speech("direct", "speaker:inscription", set(), [noun.i]), bearer or subject or place)

    def _held(self, mark: Marked, mine: list[Speech]) -> Speech | None:
        """Speech, a verb of saying or a view in which the marked words stand."""
        said = [s for s in mine if s.type not in {"free_indirect", "reported"}]
        told = [s for s in mine if s.type == "reported"]
        return self._around(mark, said) or self._above(mark) or self._viewed(mark) or self._around(mark, told)

    def _viewed(self, mark: Marked) -> Speech | None:
        """'Für die Ministerin ist das „ein guter Tag“': the view of somebody."""
        return self.rules.view(self.doc[self.doc[mark.start].sent.start])

    def _is_source(self, mark: Marked) -> bool:
        """The name of who says something: 'laut „Kurier“', 'wie „Kurier“ berichtet', 'vom „Kurier“ zitiert'."""
        head = next((w for w in mark.words(self.doc) if not mark.start <= w.head.i < mark.end), None)
        before = self.doc[max(0, mark.start - 1)].lower_
        if head is None or before in self.lexicon.cue("quotation", "prepositions"):
            return head is not None
        verb = clause_head(head)
        subject = base(head.dep_) == "nsubj" and head.head == verb and bool(self.rules.cue_words(verb))
        return subject or (self.rules.quotes(verb) and head in {self.rules.speaker_of(verb), self.rules.quoter_of(verb)})

    def _evident(self, mark: Marked, words: list[Token], mine: list[Speech]) -> Speech | None:
        """Words that begin small and are many, or stand beside speech: nobody's name."""
        if not words[0].text[:1].islower() or len(words) < 2:
            return None
        beside = [s for s in mine if s.type in {"indirect", "indirect_free_indirect"}]
        return beside[0] if beside else self.last if len(words) >= LONG else None

    def _is_predicated(self, mark: Marked, sought: Speech) -> bool:
        """'nannte den Plan „Unsinn“', 'als „Unsinn“', 'sprach von „Unsinn“': marked words that a verb of naming gives."""
        verbs = [self.doc[i] for i in sought.cue] if sought.cue else []
        head = next((w for w in mark.words(self.doc) if not mark.start <= w.head.i < mark.end), None)
        if head is None or base(head.dep_) in {"nsubj", "appos", "compound", "flat"}:
            return False
        case = adposition(head)
        rated = case is not None and case.lower_ in self.lexicon.cue("quotation", "rating")
        near = clause_head(head) if rated else head.head
        if any(c.dep_ == "cop" for c in head.children) and head.i in sought.quote:
            return True
        naming = self._is_naming(near) and (rated or base(head.dep_) in {"obj", "xcomp", "obl", "ccomp"})
        return naming and (not verbs or near in verbs or sought.type == "reported")

    def _is_name(self, mark: Marked, words: list[Token]) -> bool:
        """Names stand in marks too: they begin with a capital, and no verb of saying is needed."""
        before = self.doc[mark.start - 1] if mark.start else None
        behind = before is not None and before.pos_ in {"NOUN", "PROPN"}
        capital = all(w.text[:1].isupper() or not w.text[:1].isalpha() for w in words)
        return capital or (words[0].text[:1].isupper() and (behind or len(words) < LONG))


def _joined(sent: Span, said: list[Speech], rules: Indirect) -> list[Speech]:
    """'„Wir werden“, so die Ministerin, „nicht weichen“': one quotation of two parts."""
    kept: list[Speech] = []
    for speech in sorted(said, key=lambda s: min(s.quote, default=0)):
        prior = next((k for k in reversed(kept) if k.type == "direct"), None)
        if speech.type == "direct" and prior is not None and _is_second(sent.doc, prior, speech, rules):
            prior.quote |= speech.quote
        else:
            kept.append(speech)
    return kept


def _is_second(doc: Doc, first: Speech, second: Speech, rules: Indirect) -> bool:
    """Whether only words of saying part a second marked stretch, which begins small, from the first, which is no sentence."""
    end, start = max(first.quote), min(second.quote)
    between = doc[end + 1 : start]
    if not 2 < len(between) < 14 or between[0].text != "," or not doc[start + 1].text[:1].islower():
        return False
    so = between[1].lower_ in rules.lexicon.cue("quotation", "so")
    return (so or rules.says(between[1])) and doc[end - 1].text not in rules.lexicon.cue("quotation", "stops")


def _said_by(found: Speech, source: Speech | None) -> Speech:
    """The quotation with speaker, cue, frame and addressee of where they were found."""
    if source is not None:
        found.cue, found.speaker, found.head = list(source.cue), list(source.speaker), source.head
        found.addressee, found.frame = list(source.addressee), source.frame - found.quote
        found.rule += " + " + (source.rule if source.rule.startswith("speaker:") else source.rule.replace("quote:", "speaker:"))
    return found


def _distinct(found: Iterable[Speech]) -> list[Speech]:
    """Without quotations that another with nearly the same words holds; the first found stays."""
    kept: list[Speech] = []
    for speech in found:
        if not any(2 * len(speech.quote & k.quote) >= 0.8 * (len(speech.quote) + len(k.quote)) for k in kept):
            kept.append(speech)
    return kept
