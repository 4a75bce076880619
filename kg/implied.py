"""Facts that a clause implies beside its own: in its circumstances, in the wish that governs it, in what it answers.

Rules: `implied:carried` ('Bemängelt wird außerdem ...'), `implied:land` ('In Belgien wurde das Rauchen verboten'),
`implied:contrast` ('Die SPD unterstützt den Plan, die FDP nicht'), `implied:circumstance` ('auf Druck der Opposition', 'gegen den
Widerstand der FDP', 'mit den Stimmen der SPD'),
`implied:wish` ('will die Steuern senken' proposes it), `implied:answered` ('weist die Vorwürfe der Opposition zurück').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg.clauses import Clause, prep_lemma
from kg.drafts import Draft
from kg.frames import ACTORS, THINGS, Filler, Matcher
from kg.status import contrasted, is_negated
from kg.syntax import Sentences, adposition, antecedent, auxiliaries, children, conjuncts, is_nominal
from kg.trees import Token

REJECTS, PROPOSES, ADOPTS, SUPPORTS = "rejects", "proposes", "adopts", "supports"


@dataclass
class Implied:
    """Reads what the clauses of one article imply."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.tables = self.lexicon.grammar["frames"]

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """All that is implied; a wish changes the draft that its clause gave already."""
        stated = {(d.relation, d.anchor) for d in known}
        yield from self._carried(clauses, known)
        yield from self._lands(clauses, known)
        for clause in clauses:
            if not clause.nominal:
                yield from self._circumstances(clause)
                yield from self._contrasted(clause, known)
                yield from self._wish(clause, known)
        for draft in known:
            if draft.relation == REJECTS:
                yield from (d for d in self._answered(draft) if (d.relation, d.anchor) not in stated)

    # -- contrasts

    def _contrasted(self, clause: Clause, known: list[Draft]) -> Iterator[Draft]:
        """'X unterstützt den Plan, Y nicht': of Y the clause is not so."""
        other = contrasted(self.doc[clause.head], self.lexicon)
        if other is None or clause.passive:
            return
        known[:] = [d for d in known if d.anchor != clause.head or other.i not in d.fillers]
        tokens = [m.i for m in conjuncts(other)]
        args = {role: kept for role, found in clause.args.items() if (kept := [i for i in found if i not in tokens])}
        told = replace(clause, args=args | {"subj": tokens}, rule=clause.rule + " + implied:contrast")
        owners = {id(self.links.of(i)) for i in tokens}
        for draft in self.matcher.drafts(told):
            if id(draft.subject) in owners:
                draft.forced = "negated"
                yield draft

    # -- circumstances

    def _circumstances(self, clause: Clause) -> Iterator[Draft]:
        """The owner of a circumstance stands to the subject or the object of its clause as the table of phrases tells."""
        verb = self.doc[clause.head]
        for phrase in children(verb, "obl", "nmod") if verb.pos_ == "VERB" else ():
            told = self._told(phrase)
            if told is None:
                continue
            relation, role = self._on_refusal(told[0], clause, phrase), told[1]
            targets = self._fillers(clause.args.get(role, []), ACTORS | THINGS)
            for owner in self._owners(phrase):
                yield from self._pairs("implied:circumstance", relation, owner, targets, phrase)

    def _on_refusal(self, relation: str, clause: Clause, phrase: Token) -> str:
        """'mit den Stimmen der SPD abgelehnt': who votes for a refusal rejects."""
        refuses = any(f.relation == REJECTS for f in self.lexicon.verb_frames.get(clause.lemma, ()))
        turned = {SUPPORTS: REJECTS, REJECTS: SUPPORTS}
        return turned.get(relation, relation) if refuses and phrase.lemma_ in self.tables["votes"] else relation

    def _told(self, phrase: Token) -> tuple[str, str] | None:
        case = adposition(phrase)
        key = f"{prep_lemma(case, self.lexicon)} {phrase.lemma_}" if case is not None else ""
        found = self.tables["circumstances"].get(key)
        return (found.split()[0], found.split()[1]) if found else None

    def _owners(self, noun: Token) -> list[Filler]:
        """Whose circumstance it is: its genitive, or a phrase with the preposition that stands for one."""
        genitive = self.lexicon.grammar["prepositions"]["genitive"]
        found = []
        for child in children(noun, "nmod", "det:poss"):
            case = adposition(child)
            if case is None or prep_lemma(case, self.lexicon) in genitive:
                found += [m.i for m in conjuncts(child)]
        return [f for i in found if (f := self.matcher._filler(i, ACTORS, True)) is not None]

    # -- agentless passives

    def _carried(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """'Bemängelt wird außerdem ...': an agentless passive goes on with who took such a stand in the sentence before."""
        sentences = Sentences.of(self.doc)
        carried, goes_on = self.tables["carried"], self.lexicon.cue("stance", "going_on")
        last: dict[int, Draft] = {}
        for draft in known:
            if draft.relation in carried and draft.subject is not None and draft.fillers and draft.subject.kind in ACTORS:
                last[sentences.number(draft.anchor)] = draft
        for clause in clauses:
            before = last.get(sentences.number(clause.head) - 1)
            verb = self.doc[clause.head]
            plain = clause.passive and not clause.nominal and not clause.args.get("subj") and verb.dep_ == "ROOT"
            if plain and before is not None and (self._opens(verb) or any(c.lower_ in goes_on for c in verb.subtree)):
                told = replace(clause, args=clause.args | {"subj": [before.fillers[0]]}, rule=clause.rule + " + implied:carried")
                yield from (d for d in self.matcher.drafts(told) if d.relation in carried)

    def _opens(self, verb: Token) -> bool:
        """Whether a participle stands in front of its sentence ('Bemängelt wird ...')."""
        return bool(auxiliaries(verb)) and all(t.i >= verb.i for t in verb.subtree if not t.is_punct)

    # -- agentless passives of a state

    def _lands(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """'In Belgien wurde das Rauchen verboten': where no actor is told, the state did what only states do."""
        for clause in clauses:
            if not clause.passive or clause.nominal or clause.args.get("subj"):
                continue
            inside = (i for p in self.lexicon.grammar["prepositions"]["inside"] for i in clause.args.get(p, []))
            lands = [i for i in inside if self._is_land(i)]
            if not lands:
                continue
            told = replace(clause, args=clause.args | {"subj": lands}, rule=clause.rule + " + implied:land")
            if found := [d for d in self.matcher.drafts(told) if d.relation in self.tables["of_lands"]]:
                known[:] = [d for d in known if d.anchor != clause.head or d.relation not in self.tables["of_lands"]]
                yield from found

    def _is_land(self, index: int) -> bool:
        place = self.links.of(index)
        return place is not None and place.kind == "Place" and place.actor is not None and place.actor.name in self.lexicon.states

    # -- wishes

    def _wish(self, clause: Clause, known: list[Draft]) -> Iterator[Draft]:
        """'will die Steuern senken': a programme wish proposes its object."""
        verb, cue = self.doc[clause.head], self.lexicon.cue
        first = verb.head if verb.dep_ == "conj" and not auxiliaries(verb) else verb  # 'will X einführen und Y senken'
        wished = any(a.lemma_ in cue("stance", "wish") for a in auxiliaries(first))
        if clause.passive or not wished or clause.lemma not in cue("stance", "programme_verbs") or self._is_conditional(verb):
            return
        negated = is_negated(verb, self.lexicon)
        for draft in [d for d in known if d.anchor == verb.i and d.relation == ADOPTS]:
            known.remove(draft)
        targets = self._fillers(clause.args.get("obj", []), THINGS)
        for subject in self._fillers(clause.args.get("subj", []), ACTORS, actor=True):
            for draft in self._pairs("implied:wish", REJECTS if negated else PROPOSES, subject, targets, verb):
                draft.forced = "asserted" if negated else "planned"
                yield draft

    def _is_conditional(self, verb: Token) -> bool:
        known = self.lexicon.cue("conditional", "strict") | self.lexicon.cue("conditional", "subjunctions")
        return any(c.lower_ in known for c in children(verb, "mark"))

    # -- answers

    def _answered(self, draft: Draft) -> Iterator[Draft]:
        """Who rejects the reproach of somebody has been reproached by them."""
        if draft.subject is None or not draft.fillers:
            return
        noun = self.doc[draft.fillers[-1]]
        relation = next((r for n, r in self.tables["answered"].items() if noun.lemma_.lower().endswith(n.lower())), None)
        if relation is None or not is_nominal(noun):
            return
        target = Filler(draft.subject, draft.fillers[0])
        for owner in self._owners(noun):
            yield from self._pairs("implied:answered", relation, owner, [target], noun)

    # -- what they share

    def _fillers(self, indices: Iterable[int], wanted: frozenset[str], actor: bool = False) -> list[Filler]:
        tokens = [antecedent(self.doc[i]) for i in indices]
        return [f for t in tokens if is_nominal(t) and (f := self.matcher._filler(t.i, wanted, actor)) is not None]

    def _pairs(self, rule: str, relation: str, subject: Filler, targets: list[Filler], anchor: Token) -> Iterator[Draft]:
        for target in targets:
            if target.cluster is not subject.cluster and self.matcher.acts(target.cluster, target.token):
                pair = (subject.token, target.token)
                yield Draft(
                    subject.cluster,
                    relation,
                    target.cluster,
                    anchor.i,
                    rule,
                    triggers=(anchor.i,),
                    forced="asserted",
                    fillers=pair,
                )
