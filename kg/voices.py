"""Stands and allegations that no single verb tells.

Rules: `voice:speaks-of` ('sprach von einem Skandal'), `voice:again` ('Kritik kam auch von X'), `voice:harmed` ('sieht die
Freiheit durch das Gesetz gefährdet'), `voice:view` ('für den Abgeordneten X ist die Reform gescheitert'), `voice:hearsay`
('laut X soll Y betrogen haben'), `voice:lets` ('muss sich von X Untätigkeit vorwerfen lassen'), `voice:charge` ('die Anklage
lautet auf Mord'), `voice:threat` ('kündigten an, die Parade anzugreifen').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kg.clauses import Clause, prep_lemma
from kg.demonstratives import event_before
from kg.drafts import Draft
from kg.frames import ACTORS, THINGS, Filler
from kg.stances import polarity
from kg.status import is_negated
from kg.syntax import (
    Sentences,
    adposition,
    auxiliaries,
    base,
    children,
    conjuncts,
    is_nominal,
    morph,
    predicate_lemma,
)
from kg.trees import Token
from kg.voicing import Voicing, ends

BAD = "criticizes"


class Voices(Voicing):
    """Reads the stands and allegations of one article."""

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """All of them; what frames know of the same predicate already is left out, and what they got wrong removed."""
        stated = {(d.relation, d.anchor) for d in known}
        for clause in clauses:
            if not clause.nominal:
                yield from (d for d in self._of(clause, known) if (d.relation, d.anchor) not in stated)

    def _of(self, clause: Clause, known: list[Draft]) -> Iterator[Draft]:
        verb = self.doc[clause.head]
        yield from self._speaks_of(clause)
        yield from self._again(clause, known)
        yield from self._harmed(clause, verb)
        yield from self._view(clause, verb)
        yield from self._hearsay(clause, verb)
        yield from self._lets(clause, verb, known)
        yield from self._charge(clause, known)
        yield from self._threat(clause, verb)

    def _speaks_of(self, clause: Clause) -> Iterator[Draft]:
        """'sprach (bei dem Gesetz) von einem Skandal'."""
        cue = self.lexicon.cue
        if clause.lemma not in cue("voice", "speaking_verbs") or is_negated(self.doc[clause.head], self.lexicon):
            return
        of = self.lexicon.grammar["prepositions"]["genitive"]
        rated = [i for p in of for i in (*clause.args.get(p, []), *clause.near.get(p, []))]
        relation = next((r for i in rated if (r := polarity(self.doc[i], self.lexicon)) is not None), None)
        if relation is None:
            return
        phrases = children(self.doc[clause.head], "obl")
        seen = any(c.lemma_ in cue("voice", "looks") for c in phrases)  # 'mit Blick auf das Gesetz'
        told = [i for p in sorted(cue("voice", "regarding")) for i in clause.args.get(p, [])]
        told += [i for p in sorted(cue("voice", "looking")) for i in (*clause.args.get(p, []), *clause.near.get(p, [])) if seen]
        targets = [f for i in told if (f := self.matcher._filler(i, ACTORS | THINGS, False)) is not None]
        if not targets and (before := event_before(self.links, clause.head)) is not None:
            targets = [Filler(*before)]
        for subject in self._actors(clause, "subj"):
            yield from self._pairs("voice:speaks-of", relation, subject, targets, clause.head)

    def _again(self, clause: Clause, known: list[Draft]) -> Iterator[Draft]:
        """'Kritik kam auch von X' goes on with what was criticised before."""
        found = [n for n in children(self.doc[clause.head], "nsubj", "obj", "obl") if self._is_unsaid(n)]
        frames = [f for f in self.lexicon.verb_frames.get(clause.lemma, ()) if f.relation in self.lexicon.cue("voice", "resumed")]
        for frame in frames:
            used = self.matcher._applies(frame, clause)
            if frame.noun is None or not used or not any(n.i in used for n in found):
                continue
            targets = self._resumed(clause.head, frame.relation, known)
            for subject in self.matcher._slot(clause, frame.subject, ACTORS, used, actor=True):
                yield from self._pairs("voice:again", frame.relation, subject, targets, clause.head)
            return

    def _is_unsaid(self, noun: Token) -> bool:
        """Whether the noun does not tell what it is about."""
        return is_nominal(noun) and not any(base(c.dep_) in {"nmod", "acl", "ccomp"} for c in noun.children)

    def _resumed(self, index: int, relation: str, known: list[Draft]) -> list[Filler]:
        """What the same stand was taken on in the two sentences before, else what the sentence before is about."""
        number, tried = Sentences.of(self.doc).number, self.lexicon.cue("voice", "tried")
        here, wanted = number(index), tried if relation in tried else {relation}
        before = [d for d in known if d.relation in wanted and 0 < here - number(d.anchor) <= 2 and d.fillers]
        nearest = max((number(d.anchor) for d in before), default=-1)
        same = [Filler(d.object, d.fillers[-1]) for d in before if d.object is not None and number(d.anchor) == nearest]
        told = event_before(self.links, index) if not same and relation not in tried else None
        return same or ([Filler(*told)] if told is not None else [])

    def _harmed(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'sieht die Pressefreiheit durch das Gesetz gefährdet'."""
        cue = self.lexicon.cue
        if clause.lemma not in cue("stance", "seeing_verbs") or is_negated(verb, self.lexicon):
            return
        words = cue("voice", "harming_verbs") | cue("voice", "harmed")
        harmed = [c for c in verb.children if predicate_lemma(c) in words or c.lower_ in words]
        causes = [c for n in (verb, *harmed) for c in children(n, "obl", "nmod") if self._is_cause(c)]
        for subject in self._actors(clause, "subj") if harmed else ():
            targets = self._named(causes, ACTORS | THINGS, subject.cluster)
            yield from self._pairs("voice:harmed", BAD, subject, targets, verb.i)

    def _is_cause(self, phrase: Token) -> bool:
        case = adposition(phrase)
        return case is not None and prep_lemma(case, self.lexicon) in self.lexicon.grammar["prepositions"]["agent"]

    def _view(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'Für den Abgeordneten X ist die Reform gescheitert.'"""
        cue = self.lexicon.cue
        if verb.i in self.spoken or not ({clause.lemma, verb.lower_} & cue("voice", "failing")) or is_negated(verb, self.lexicon):
            return
        holders = [i for p in sorted(cue("quotation", "viewers")) for i in clause.args.get(p, []) if i < verb.i]
        for holder in holders:
            found = self.matcher._filler(holder, ACTORS, True)
            if found is not None and found.cluster.kind == "Person" and self.doc[holder].i < min(clause.args.get("subj", [0])):
                targets = self._named([self.doc[i] for i in clause.args.get("subj", [])], ACTORS | THINGS, found.cluster)
                yield from self._pairs("voice:view", BAD, found, targets, verb.i)

    def _hearsay(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'Laut Polizei soll der Verein zu Straftaten aufgerufen haben.'"""
        cue = self.lexicon.cue
        told = [a for a in auxiliaries(verb) if a.lemma_ in cue("modals", "required") & cue("hearsay", "modals")]
        perfect = morph(verb, "VerbForm") == "Part" and any(morph(a, "VerbForm") == "Inf" for a in auxiliaries(verb))
        if not told or not perfect or is_negated(verb, self.lexicon) or not self._is_wrong(clause, verb):
            return
        source = self.attribution.source(verb)[0] or self.spoken.get(verb.i)
        if source is None or source.kind not in ACTORS:
            return
        for wrongdoer in self._actors(clause, "subj"):
            if wrongdoer.cluster is not source:
                topic = self.matcher._clause_topic(verb.i)
                content = topic.cluster if topic is not None else None
                yield self._draft("voice:hearsay", source, "accuses", wrongdoer, verb.i, content=content)

    def _is_wrong(self, clause: Clause, verb: Token) -> bool:
        """Whether the clause tells of wrongdoing: by its verb, or by what the verb is about."""
        cue = self.lexicon.cue
        if clause.lemma in cue("stance", "wrong_verbs") | cue("voice", "crime_verbs"):
            return True
        things = [self.doc[i] for role, found in clause.args.items() if role not in {"subj", "comp"} for i in found]
        return any(is_nominal(t) and (ends(t, cue("voice", "crime_nouns")) or polarity(t, self.lexicon) == BAD) for t in things)

    def _lets(self, clause: Clause, verb: Token, known: list[Draft]) -> Iterator[Draft]:
        """'muss sich von der Opposition Untätigkeit vorwerfen lassen'."""
        governor = verb.head
        causative = governor.lemma_ in self.lexicon.cue("auxiliaries", "causative") and base(verb.dep_) in {"xcomp", "ccomp"}
        reflexive = any(morph(c, "Reflex") == "Yes" for n in (verb, governor) for c in n.children)
        if not causative or not reflexive or clause.passive:
            return
        agents = [i for p in self.lexicon.grammar["prepositions"]["agent"] for i in clause.args.get(p, [])]
        agents = agents or [*self._ranks(verb), *self._ranks(governor)]
        accused = clause.args.get("subj", []) or [c.i for c in children(governor, "nsubj")]
        for draft in [d for d in known if d.anchor == verb.i]:
            known.remove(draft)  # who lets it be done does not do it
        args = clause.args | {"subj": agents, "dat": accused}
        if not clause.args.get("obj"):
            args = args | {"obj": accused}
        told = replace(clause, args=args, rule=clause.rule + " + voice:lets", reflexive=False)
        for draft in self.matcher.drafts(told) if agents and accused else ():
            draft.forced = "asserted"
            yield draft

    def _ranks(self, verb: Token) -> list[int]:
        """'aus den Reihen der Opposition' are of the opposition."""
        phrases = [c for c in children(verb, "obl") if ends(c, self.lexicon.cue("voice", "ranks"))]
        return [m.i for p in phrases for c in children(p, "nmod") for m in conjuncts(c)]

    def _charge(self, clause: Clause, known: list[Draft]) -> Iterator[Draft]:
        """'Die Anklage lautet auf Mord': of the one who was accused or arrested before."""
        cue = self.lexicon.cue
        if clause.lemma not in cue("voice", "charging_verbs") or not self._charged_with(clause):
            return
        if not any(ends(self.doc[i], cue("voice", "charges")) for i in clause.args.get("subj", [])):
            return
        tried = [d for d in known if d.relation in cue("voice", "tried") and d.anchor < clause.head and d.object is not None]
        persons = [d for d in tried if d.object is not None and d.object.kind == "Person" and d.object.proper and d.fillers]
        if persons and persons[-1].object is not None:
            content = self.links.of(self._charged_with(clause)[0])
            target = Filler(persons[-1].object, persons[-1].fillers[-1])
            accuser = next((d.subject for d in reversed(tried) if d.object is target.cluster and d.relation == "accuses"), None)
            yield self._draft("voice:charge", accuser, "accuses", target, clause.head, content=content)

    def _charged_with(self, clause: Clause) -> list[int]:
        return [i for p in sorted(self.lexicon.cue("voice", "looking")) for i in clause.args.get(p, [])]

    def _threat(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'hatten angekündigt, die Parade anzugreifen'."""
        cue, violent = self.lexicon.cue, self.lexicon.cue("voice", "violent")
        governs = predicate_lemma(verb.head) in cue("voice", "announcing_verbs") and base(verb.dep_) in {"xcomp", "ccomp"}
        if not governs or clause.passive or is_negated(verb, self.lexicon):
            return
        if any(f.relation in violent and f.noun is None for f in self.lexicon.verb_frames.get(clause.lemma, ())):
            targets = self._named([self.doc[i] for i in clause.args.get("obj", [])], ACTORS | THINGS, None)
            for subject in self._actors(clause, "subj"):
                yield from self._pairs("voice:threat", "threatens", subject, targets, verb.i)
