"""Who said what: direct, indirect, reported and free indirect speech, each with its speaker.

Rules beside those of `kg.quotation_rules`: `quote:direct` (between quotation marks), `quote:carried` (Konjunktiv that runs on
after a speech), `quote:hearsay` ('soll ... haben' that runs on), `quote:reported` (an act of saying with its topic).
`speaker:...` tells where the speaker of a direct quotation was found.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from spacy.tokens import Span, Token

from kg.clauses import antecedent
from kg.clusters import Links
from kg.model import Article, Entity, Offsets, Statement
from kg.quotation_marks import Marked, find_marked
from kg.quotation_parts import Speech, below, content
from kg.quotation_rules import Indirect
from kg.syntax import adposition, ancestors, base, children, clause_head, finite, morph, predicate_lemma

SPEAKERS = frozenset({"Person", "Organization", "Place", "Group", "Document"})
LONG = 5  # words from which on marked words are hardly a name


def find_statements(links: Links, article: Article) -> tuple[Statement, ...]:
    """The quotations of an article in text order."""
    reader = _Reader(links)
    found = sorted(reader.read(), key=lambda s: (min(s.quote), max(s.quote), s.type))
    return tuple(_statement(s, links, article) for s in found)


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

    def read(self) -> list[Speech]:
        """Every quotation of the Doc."""
        for sent in self.doc.sents:
            self._sentence(sent)
        return self.found

    def _sentence(self, sent: Span) -> None:
        found = _distinct(self.rules.find(sent))
        mine = [s for s in found if self._is_beyond(s.quote)]
        mine += [self._direct(m, found) for m in self.ending[sent.start]]
        if not mine and not self._is_inside(sent):
            mine += self._carried(sent) or self._reported(sent)
        pieces = [s for s in (self._fragment(m, mine) for m in self.fragments[sent.start]) if s is not None]
        self._remember(sent, mine or pieces)
        self.found += [s for s in (*mine, *pieces) if not self.found or s is not self.found[-1]]

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
        sought = self._after(mark) or self._before(mark) or self._around(mark, mine) or self._above(mark)
        sought = sought or self._alone(mark)
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
        verbs = [t for t in before if t.pos_ in {"VERB", "AUX"}]
        verbs = [t for t in verbs if self.rules.cue_words(t) or t.dep_ in {"ROOT", "ccomp"}]
        verbs.sort(key=lambda t: (not self.rules.says(t), not self.rules.cue_words(t), -t.i))
        for verb in verbs if not self._is_subjunctive(sent.root) or any(map(self.rules.says, verbs)) else ():
            if (found := self._by_verb(verb, "speaker:before")) is not None and found.head is not None:
                return found
        if self._is_subjunctive(sent.root) and self.last is not None:
            return self.last
        noun = next((t for t in before if t.pos_ in {"NOUN", "PROPN", "PRON"} and adposition(t) is None), None)
        return self.rules.said(Speech("direct", "speaker:colon", set()), noun) if noun is not None else None

    def _is_subjunctive(self, verb: Token) -> bool:
        """Konjunktiv, by the tagger or as one of the frequent forms of Konjunktiv I."""
        form = finite(verb)
        known = self.lexicon.cue("modals", "reported_forms")
        return form is not None and (morph(form, "Mood") == "Sub" or form.lower_ in known)

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
        holding = self._around(mark, [s for s in mine if s.type != "free_indirect"])
        behind = self._after(mark) if self.doc[min(mark.end, len(self.doc) - 1)].text == "," else None
        sought = self._before(mark) or holding or behind or self._above(mark) or self._evident(mark, words, mine)
        if sought is None or inside & set(sought.speaker):
            return None
        if self._is_name(mark, words) and not self._is_predicated(mark, sought):
            return None
        return _said_by(Speech("direct", "quote:direct", inside), sought)

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

    # -- speech that runs on

    def _carried(self, sent: Span) -> list[Speech]:
        """A sentence in Konjunktiv, or one that 'soll' tells, with the speaker before it."""
        root = sent.root
        verb = finite(root)
        if verb is None or root.i in self.inside:
            return []
        subjunctive = self._is_subjunctive(root)
        hearsay = verb.lemma_ in self.lexicon.cue("quotation", "hearsay") and morph(verb, "Tense") != "Past"
        if not subjunctive and not hearsay:
            return []
        quote = {t.i for t in sent if not t.is_space}
        before = self.last
        if before is None:
            return []
        found = Speech("free_indirect", "quote:hearsay", quote)
        if subjunctive:
            found = Speech("indirect_free_indirect", "quote:carried", quote)
        found.speaker, found.head = before.speaker, before.head
        return self._merged(found, sent)

    def _merged(self, found: Speech, sent: Span) -> list[Speech]:
        """One quotation of neighbouring sentences of the same speaker."""
        prior = self.found[-1] if self.found else None
        if prior is not None and prior.type == found.type and prior.head == found.head and max(prior.quote) == sent.start - 1:
            prior.quote |= found.quote
            return [prior]
        return [found]

    def _reported(self, sent: Span) -> list[Speech]:
        """An act of saying with a topic: 'kritisierte den Plan', 'forderte Neuwahlen'."""
        root = sent.root
        if root.i in self.inside or predicate_lemma(root) not in self.lexicon.cue("quotation", "reported"):
            return []
        head = self.rules.speaker_of(root)
        if head is None:
            return []
        quote = {t.i for t in sent if not t.is_space}
        found = Speech("reported", "quote:reported", quote)
        return [self.rules.said(found, head, self.rules.addressee_of(root, head))]


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


# -- to statements


def _statement(speech: Speech, links: Links, article: Article) -> Statement:
    quote = _offsets(speech.quote, links, article)
    return Statement(
        article.id,
        speech.type,
        quote,
        _offsets(speech.cue, links, article),
        _offsets(speech.frame, links, article),
        _offsets(speech.speaker, links, article),
        _offsets(speech.addressee, links, article),
        " … ".join(article.original[start:end] for start, end in quote),
        _entity(speech, links),
        speech.rule,
    )


def _offsets(indices: Iterable[int], links: Links, article: Article) -> Offsets:
    """Character offsets in the original of each run of tokens."""
    return tuple(
        article.locate(links.doc[first].idx, links.doc[last].idx + len(links.doc[last])) for first, last in _runs(indices, links)
    )


def _runs(indices: Iterable[int], links: Links) -> Iterator[tuple[int, int]]:
    ordered = [i for i in sorted(set(indices)) if not links.doc[i].is_space]
    start: int | None = None
    for position, i in enumerate(ordered):
        start = i if start is None else start
        following = ordered[position + 1] if position + 1 < len(ordered) else None
        if following is None or any(not links.doc[k].is_space for k in range(i + 1, following)):
            yield start, i
            start = None


def _entity(speech: Speech, links: Links) -> Entity | None:
    """Whom the speaker's phrase names: its head, or whose 'Angaben' they are."""
    if speech.head is None:
        return None
    token = antecedent(links.doc[speech.head])
    own = links.lexicon.cue("quotation", "own")
    if any(links.doc[i].lemma_ in own for i in speech.speaker):  # 'nach eigenen Angaben'
        token = next(iter(children(clause_head(token), "nsubj")), token)
    owners = [c for c in token.children if base(c.dep_) in {"nmod", "det", "appos"} and c.i in speech.speaker]
    for candidate in (token, *owners):
        cluster = links.of(candidate)
        if cluster is not None and cluster.kind in SPEAKERS:
            return links.entity(cluster)
    return None
