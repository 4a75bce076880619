"""Help in kind and in money: who gives what is help to whom.

Rules: `gift:given` ('lieferte der Armee Panzer', 'stellt zehn Millionen Euro für die Opfer bereit'), `gift:received` ('erhält
von der Weltbank einen Kredit'), `gift:supplied` ('versorgt die Flüchtlinge mit Zelten'), `gift:sent` ('Hilfsgüter aus Polen').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from kg.clauses import Clause, prep_lemma
from kg.drafts import Draft
from kg.frames import ACTORS, Filler, Matcher
from kg.syntax import adposition, antecedent, children, clause_head, morph
from kg.trees import Token

AIDS = "aids"


@dataclass
class Gifts:
    """Reads the gifts of one article."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["gifts"]
        self.goods = tuple(w.lower() for w in self.words["goods"])

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> list[Draft]:
        """All help that is given, but for clauses whose frames tell help already; what says less is taken out of `known`."""
        told = {d.anchor for d in known if d.relation == AIDS}
        found = [d for c in clauses if not c.nominal and c.head not in told for d in self._of(c)]
        given = {(id(d.subject), d.anchor) for d in found}
        known[:] = [d for d in known if d.relation not in self.words["outdone"] or (id(d.subject), d.anchor) not in given]
        return found

    def _of(self, clause: Clause) -> Iterator[Draft]:
        if clause.lemma in self.words["giving_verbs"] and any(map(self._is_good, clause.args.get("obj", []))):
            subject = [] if clause.passive and not clause.args.get("subj") else clause.args.get("subj", [])
            yield from self._facts("gift:given", clause, subject, self._receivers(clause))
        elif clause.lemma in self.words["receiving_verbs"] and any(map(self._is_good, clause.args.get("obj", []))):
            givers = [i for p in self.words["from"] for i in (*clause.args.get(p, []), *clause.near.get(p, []))]
            yield from self._facts("gift:received", clause, givers, self._fillers(clause.args.get("subj", [])))
        elif clause.lemma in self.words["supplying_verbs"] and any(map(self._is_good, clause.args.get(self.words["with"], []))):
            receivers = self._fillers(clause.args.get("obj") or clause.args.get("dat") or [])
            yield from self._facts("gift:supplied", clause, clause.args.get("subj", []), receivers)

    def _facts(self, rule: str, clause: Clause, givers: list[int], receivers: list[Filler]) -> Iterator[Draft]:
        forced = "planned" if clause.lemma in self.words["promising_verbs"] else None
        for giver in self._fillers(givers):
            for receiver in receivers:
                if giver.cluster is not receiver.cluster:
                    pair, name = (giver.token, receiver.token), f"{clause.rule} + {rule}"
                    triggers = (clause.head,)
                    yield Draft(
                        giver.cluster, AIDS, receiver.cluster, clause.head, name, triggers=triggers, forced=forced, fillers=pair
                    )

    def _receivers(self, clause: Clause) -> list[Filler]:
        """Who gets it: the dative, else the first phrase that tells a receiver."""
        doc = self.doc
        pools = [clause.args.get("dat", []), clause.args.get("gen", [])]
        pools.append([i for i in clause.args.get("obj", []) if morph(doc[i], "Case") == "Dat" and not self._is_good(i)])
        pools += [[*clause.args.get(p, []), *clause.near.get(p, [])] for p in self.words["to"]]
        pools += [[m.i for i in clause.args.get("obj", []) for m in self._inner(doc[i], p)] for p in self.words["to"]]
        pools.append([i for p in self.words["into"] for i in clause.args.get(p, []) if self._is_goal(doc[i])])
        return next((found for pool in pools if (found := self._fillers(pool))), [])

    def _inner(self, noun: Token, preposition: str) -> Iterator[Token]:
        """Phrases with the preposition anywhere in the phrase of the gift ('Hilfe in Höhe von zehn Euro an die Stadt')."""
        for token in noun.subtree:
            case = adposition(token)
            inside = clause_head(token) == clause_head(noun)
            if token != noun and inside and case is not None and prep_lemma(case, self.lexicon) == preposition:
                yield token

    def _is_goal(self, token: Token) -> bool:
        """A place in the accusative: the help goes there."""
        forms = [morph(token, "Case"), *(morph(c, "Case") for c in children(token, "det", "amod"))]
        cluster = self.links.of(token)
        return "Acc" in forms and "Dat" not in forms and cluster is not None and cluster.kind == "Place"

    def _is_good(self, index: int) -> bool:
        """Whether a noun, what it counts or how much it is, names something that helps."""
        noun = self.doc[index]
        words = [noun, *(c for c in children(noun, "nmod", "flat", "appos", "nummod") if adposition(c) is None)]
        return any(t.lemma_.lower().endswith(self.goods) or t.lower_.endswith(self.goods) for t in words)

    def _fillers(self, indices: Iterable[int]) -> list[Filler]:
        tokens = [antecedent(self.doc[i]) for i in indices]
        found = [f for t in tokens if (f := self.matcher._filler(t.i, ACTORS, True)) is not None]
        return [f for f in found if not self._is_good(f.token)]
