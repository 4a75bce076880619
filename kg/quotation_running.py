"""Speech that runs on without words of saying, and acts of saying that tell a topic only.

Rules: `quote:carried` (Konjunktiv after a speech), `quote:hearsay` ('soll ... haben' after a speech), `quote:reported`.
"""

from __future__ import annotations

from dataclasses import dataclass

from kg.clusters import Links
from kg.quotation_parts import Speech, below, content
from kg.quotation_rules import Indirect
from kg.syntax import adposition, auxiliaries, base, children, finite, morph, predicate_lemma
from kg.trees import Span, Token

RUNNING = frozenset({"indirect", "indirect_free_indirect"})


@dataclass
class Running:
    """Reads whole sentences as speech; `found` are the quotations before, in text order."""

    links: Links
    rules: Indirect
    found: list[Speech]

    def __post_init__(self) -> None:
        self.doc, self.lexicon, self.inside = self.links.doc, self.links.lexicon, self.rules.inside
        self._perfect = self.lexicon.cue("quotation", "perfect")

    def carried(self, sent: Span, before: Speech | None) -> list[Speech]:
        """A sentence in Konjunktiv, or one that 'soll' tells, with the speaker before it."""
        root = sent.root
        verb = finite(root)
        if verb is None or root.i in self.inside:
            return []
        subjunctive = self.rules.is_subjunctive(root)
        hearsay = verb.lemma_ in self.lexicon.cue("quotation", "hearsay") and morph(verb, "Tense") != "Past"
        hearsay = hearsay and before is not None and self._is_handed_on(sent, before)
        if before is None or not (subjunctive or hearsay) or (self._is_hypothetical(verb) and not self._goes_on(sent)):
            return []
        quote = {t.i for t in sent if not t.is_space}
        found = Speech("free_indirect", "quote:hearsay", quote)
        if subjunctive:
            found = Speech("indirect_free_indirect", "quote:carried", quote)
        found.speaker, found.head = before.speaker, before.head
        return self._merged(found, sent)

    def _is_handed_on(self, sent: Span, before: Speech) -> bool:
        """Whether 'soll' hands on words: not a plan, long after a sentence that only told of somebody."""
        happened = any(t.lemma_ in self._perfect and t.tag_ == "VAINF" for t in auxiliaries(sent.root))
        previous = self.doc[max(0, sent.start - 1)].sent.start
        return happened or before.rule != "speaker:topic" or (before.head is not None and before.head >= previous)

    def _is_hypothetical(self, verb: Token) -> bool:
        """Konjunktiv II where Konjunktiv I would be plain ('wäre', not 'hätten'): it tells what would be."""
        past = morph(verb, "Mood") == "Sub" and morph(verb, "Tense") == "Past"
        if any(morph(t, "Mood") == "Sub" and morph(t, "Tense") == "Pres" for t in verb.sent):
            return False
        planned = verb.lemma_ in self.lexicon.cue("quotation", "hearsay")  # 'sollte(n)' is the past of a plan
        return past and (morph(verb, "Number") == "Sing" or planned)

    def _goes_on(self, sent: Span) -> bool:
        """Whether the sentence before is speech in Konjunktiv."""
        return any(s.type in RUNNING and sent.start - 3 <= max(s.quote, default=-9) < sent.start for s in self.found[-6:])

    def _merged(self, found: Speech, sent: Span) -> list[Speech]:
        """One quotation of neighbouring sentences of the same speaker."""
        prior = next((s for s in reversed(self.found[-6:]) if s.type == found.type), None)
        if prior is not None and prior.head == found.head and max(prior.quote) == sent.start - 1:
            prior.quote |= found.quote
            return [prior]
        return [found]

    def reported(self, sent: Span) -> list[Speech]:
        """An act of saying with a topic: 'bezeichnete den Plan als Fehler', 'forderte Neuwahlen'."""
        verbs = [sent.root, *(c for c in children(sent.root, "conj") if c.pos_ == "VERB")]
        acts = (self._act(verb, {t.i for t in sent} if verb == sent.root else content(self.doc, below(verb))) for verb in verbs)
        return [act for act in acts if act is not None][:1]

    def _act(self, verb: Token, clause: set[int]) -> Speech | None:
        if verb.i in self.inside or not self._reports(verb):
            return None
        head = self.rules.speaker_of(verb)
        if head is None or not self._is_told(verb) or self._is_event(head):
            return None
        found = Speech("reported", "quote:reported", {i for i in clause if not self.doc[i].is_space})
        return self.rules.said(found, head, self.rules.addressee_of(verb, head))

    def _reports(self, verb: Token) -> bool:
        """Whether a verb tells an act of saying with its topic; not what something calls itself ('nennt sich')."""
        lemma, cue = predicate_lemma(verb), self.lexicon.cue
        phrases = children(verb, "obj", "obl", "ccomp", "xcomp", "advcl")
        cases = {case.lower_ for c in phrases if (case := adposition(c)) is not None}
        plain = {self.lexicon.grammar["contractions"].get(case, case) for case in cases}
        about = any(f"{lemma} {case}" in cue("quotation", "reported_about") for case in plain)
        known = about or lemma in cue("quotation", "reported")
        itself = any(c.lower_ in cue("pronouns", "reflexive") and base(c.dep_) in {"obj", "expl"} for c in verb.children)
        return known and bool(phrases or children(verb, "advmod")) and not itself

    def _is_told(self, verb: Token) -> bool:
        """Neither a question, nor an earlier act ('hatte gefordert'), nor what is to be done ('ist zu fordern')."""
        form = finite(verb)
        if form is None or form == verb or form.lemma_ not in self._perfect:
            return "?" not in verb.sent.text[-2:]
        return morph(form, "Tense") != "Past" and form.lemma_ not in self.lexicon.cue("quotation", "due")

    def _is_event(self, noun: Token) -> bool:
        cluster = self.links.of(noun)
        return cluster is not None and cluster.kind == "Event"
