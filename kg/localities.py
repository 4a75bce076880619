"""Where events take place and what they are part of, as their clauses tell.

Rules: `place:clause` ('Bei einem Anschlag wurden in Kabul ...', 'In Kabul begann der Prozess'), `event:frame` ('Im Rahmen des
Aktionstages fand eine Kundgebung statt').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from kg.clauses import Clause, prep_lemma
from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import Matcher
from kg.syntax import adposition, children, clause_head, morph
from kg.trees import Token
from kg.venues import classes_of_event


@dataclass
class Localities:
    """Reads the settings that the clauses of one article give to events."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["settings_of_events"]

    def drafts(self, clauses: Iterable[Clause]) -> Iterator[Draft]:
        """All that verb clauses tell; not those of saying, whose place is that of the speaker."""
        for clause in clauses:
            if not clause.nominal and clause.lemma not in self.lexicon.cue("attribution", "verbs"):
                yield from self._places(clause)
                yield from self._wholes(clause)

    def _places(self, clause: Clause) -> Iterator[Draft]:
        """The event in which something happens, and the place where it happens, beside each other in the clause."""
        verb = self.doc[clause.head]
        begins = clause.lemma in self.words["happening"] and not clause.passive
        roles = ["subj"] if begins else self.words["during"]
        events = [e for role in roles for i in clause.args.get(role, []) if (e := self._event(i)) is not None]
        place = next((p for c in children(verb, "obl") if (p := self._place(c)) is not None), None) if events else None
        for event in events:
            if place is not None and (begins or self._happens(event)) and not self._placed(event):
                yield Draft(event, "located_in", place, verb.i, "place:clause", triggers=(verb.i,))

    def _event(self, index: int) -> Cluster | None:
        found = self.links.of(index)
        return found if found is not None and found.kind == "Event" else None

    def _happens(self, event: Cluster) -> bool:
        """Whether an event is of a class that strikes a place."""
        return any(not classes_of_event(self.lexicon, n).isdisjoint(self.words["striking"]) for n in event.nouns)

    def _placed(self, event: Cluster) -> bool:
        """Whether a phrase of the event tells its place itself."""
        phrases = (c for h in event.heads for c in children(self.doc[h], "nmod"))
        return any(self._place(c) is not None for c in phrases)

    def _place(self, phrase: Token) -> Cluster | None:
        case, found = adposition(phrase), self.links.of(phrase)
        inside = case is not None and prep_lemma(case, self.lexicon) in self.lexicon.grammar["prepositions"]["place"]
        named = found is not None and found.kind == "Place" and found.proper
        return found if inside and named and morph(phrase, "Case") != "Acc" else None

    def _wholes(self, clause: Clause) -> Iterator[Draft]:
        """The larger event in whose course the clause's event takes place."""
        for phrase in children(self.doc[clause.head], "obl", "nmod"):
            case = adposition(phrase)
            if case is None or f"{prep_lemma(case, self.lexicon)} {phrase.lemma_}" not in self.words["within"]:
                continue
            wholes = [c for g in children(phrase, "nmod") if (c := self._event(g.i)) is not None]
            roles = [i for role in ("subj", "obj") for i in clause.args.get(role, [])]
            own = [i for i in roles if clause_head(self.doc[i]) == self.doc[clause.head]]
            parts = [e for i in own if (e := self._event(i)) is not None]
            for part, whole in product(parts, wholes):
                if part is not whole:
                    yield Draft(part, "part_of", whole, clause.head, "event:frame", triggers=(clause.head, phrase.i))
