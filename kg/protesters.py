"""Who protests, where a noun tells only that there is a protest.

Rules: `protest:joined` ('an der Kundgebung gegen X nahmen Tausende teil', 'die Teilnehmer der Kundgebung gegen X'),
`protest:motive` ('zogen aus Protest gegen X durch die Stadt'), `protest:aimed` ('Die Proteste richten sich gegen X', after those
who demonstrate).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg.clauses import Clause, prep_lemma
from kg.drafts import Draft
from kg.frames import ACTORS, Filler, Matcher
from kg.syntax import Sentences, adposition, is_nominal
from kg.trees import Token

PROTESTS = "protests_against"
REACH = 2  # sentences back to those who protest


@dataclass
class Protesters:
    """Reads the protests of one article whose noun tells no actor."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["protesters"]
        self.crowds: list[Filler] = []

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> list[Draft]:
        """The protests with their actors; drafts with the protest itself as actor are taken out of `known`."""
        by_head = {c.head: c for c in clauses}
        self.crowds = [f for c in by_head.values() for f in self._crowd(c)]
        found: list[Draft] = []
        for draft in [d for d in known if d.relation == PROTESTS]:
            actors = self._actors(draft, by_head, known)
            if actors is not None:
                known.remove(draft)
                found += [self._by(draft, f, actors[0]) for f in actors[1] if f.cluster is not draft.object]
        for clause in by_head.values():
            aimed = list(self._aimed(clause))
            told = {(PROTESTS, i, id(d.object)) for d in aimed for i in clause.args.get("subj", ())}
            known[:] = [d for d in known if (d.relation, d.anchor, id(d.object)) not in told]
            found += aimed
        return found

    def _actors(self, draft: Draft, by_head: dict[int, Clause], known: list[Draft]) -> tuple[str, list[Filler]] | None:
        """The rule and those who take part in what the draft calls a protest."""
        noun = self.doc[draft.anchor]
        if not is_nominal(noun):
            return None
        around = by_head.get(noun.head.i)
        if self._case(noun) in self.words["motive"] and around is not None and not around.nominal:
            subjects = self._fillers(around.args.get("obj" if around.passive else "subj", []))
            if subjects:
                return "protest:motive", subjects
        if draft.subject is not self.links.of(noun):
            return None
        joined = self._joined(noun, around) or self._known(draft, known)
        return ("protest:joined", joined) if joined else None

    def _joined(self, noun: Token, around: Clause | None) -> list[Filler]:
        if is_nominal(noun.head) and noun.head.lemma_ in self.words["members"]:
            return self._fillers([noun.head.i])
        if around is None or around.nominal or around.passive or self._case(noun) not in self.words["joining_prepositions"]:
            return []
        if around.lemma not in self.words["joining_verbs"]:
            return []
        return self._fillers(around.args.get("subj", []) + self._counted(around))

    def _known(self, protest: Draft, known: list[Draft]) -> list[Filler]:
        """Those of whom another fact tells that they take part in the protest or hold it."""
        told = [d for d in known if d.relation in self.words["part_relations"] and d.object is protest.subject and d.fillers]
        return [Filler(d.subject, d.fillers[0]) for d in told if d.subject is not None and d.subject.kind in ACTORS]

    def _counted(self, clause: Clause) -> list[int]:
        """The object beside an impersonal or missing subject is the crowd in truth ('gingen Tausende ...')."""
        return clause.args.get("obj", []) if not clause.args.get("subj") else []

    def _aimed(self, clause: Clause) -> Iterator[Draft]:
        """'Die Proteste richten sich gegen X': those who protested in the sentences before do so against X."""
        if clause.nominal or not clause.reflexive or clause.lemma not in self.words["aiming_verbs"]:
            return
        protests = [i for i in clause.args.get("subj", []) if self._is_protest(self.doc[i])]
        if not protests:
            return
        wanted = ACTORS | {"Event", "Document", "Topic"}
        targets = [f for i in clause.args.get(self.words["against"], []) if (f := self.matcher._filler(i, wanted, False))]
        actors = self._crowd_before(clause.head) or [f for i in protests if (c := self.links.of(i)) for f in [Filler(c, i)]]
        for actor in actors[:1]:
            for target in targets:
                if actor.cluster is not target.cluster:
                    rule, pair = f"{clause.rule} + protest:aimed", (actor.token, target.token)
                    yield Draft(actor.cluster, PROTESTS, target.cluster, clause.head, rule, triggers=(clause.head,), fillers=pair)

    def _is_protest(self, noun: Token) -> bool:
        frames = self.lexicon.noun_frames
        low = noun.lemma_.lower()
        return any(f.relation == PROTESTS for f in frames.get(noun.lemma_, ())) or low.endswith(tuple(self.words["protests"]))

    def _crowd(self, clause: Clause) -> Iterator[Filler]:
        """Those of whom a clause says that they protest."""
        if not clause.nominal and any(f.relation == PROTESTS for f in self.lexicon.verb_frames.get(clause.lemma, ())):
            yield from self._fillers(clause.args.get("subj", []))

    def _crowd_before(self, index: int) -> list[Filler]:
        sentences = Sentences.of(self.doc)
        number = sentences.number(index)
        near = [f for f in self.crowds if f.token < index and number - sentences.number(f.token) <= REACH]
        return near[-1:]

    def _by(self, draft: Draft, actor: Filler, rule: str) -> Draft:
        last = draft.fillers[-1] if draft.fillers else draft.anchor
        return replace(draft, subject=actor.cluster, rule=f"{draft.rule} + {rule}", fillers=(actor.token, last))

    def _case(self, token: Token) -> str:
        case = adposition(token)
        return prep_lemma(case, self.lexicon) if case is not None else ""

    def _fillers(self, indices: Iterable[int]) -> list[Filler]:
        return [f for i in indices if (f := self.matcher._filler(i, ACTORS, True)) is not None]
