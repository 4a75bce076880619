"""Who stands, wins and loses where votes are told about: opponents, the vote that a clause leaves out, candidates by title.

Rules: `contest:opponent` ('setzte sich gegen X durch': X lost), `contest:open` ('tritt wieder an' in an article about one vote),
`contest:running-mate` ('Die Partei tritt mit X an'), `contest:candidate` ('wählte X zur Spitzenkandidatin' puts X forward),
`contest:party` ('sitzt für die Grünen im Stadtrat').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg.clauses import Clause
from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import ACTORS, Filler, Matcher
from kg.venues import classes_of_event

OPPOSITE = {"wins": "loses", "loses": "wins"}
STANDS, OFFICES = "candidate_for", frozenset({"takes_office", "holds_office"})


@dataclass
class Contests:
    """Reads the votes of one article."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.lexicon = self.matcher.links, self.matcher.lexicon
        self.tables = self.lexicon.grammar["contests"]

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """All that the clauses tell of votes beyond their frames; candidacies that look like offices are turned in place."""
        self._turn_candidacies(known)
        for clause in clauses:
            told = [d for d in known if d.anchor == clause.head and d.relation in (*OPPOSITE, STANDS)]
            told += list(self._open(clause)) if not told and not clause.nominal else []
            yield from (d for d in told if d not in known)
            for draft in told:
                yield from self._opponents(clause, draft)
                yield from self._running_mates(clause, draft)
            yield from self._parties(clause)

    # -- the other side

    def _opponents(self, clause: Clause, draft: Draft) -> Iterator[Draft]:
        """Against whom somebody won or lost; where several won or lost against each other, each once."""
        if draft.relation not in OPPOSITE or draft.object is None or draft.object.kind not in {"Event", "Office"}:
            return
        roles = [self.tables["against"], *(["dat"] if clause.lemma in self.tables["to_winner"] else [])]
        for found in self._fillers(clause, roles, frozenset({"Person", "Organization", "Group"})):
            if found.cluster is not draft.subject:
                yield self._beside(draft, OPPOSITE[draft.relation], found, "contest:opponent")

    def _running_mates(self, clause: Clause, draft: Draft) -> Iterator[Draft]:
        """With whom a party stands."""
        party = draft.subject is not None and draft.subject.kind in {"Organization", "Group"}
        if draft.relation != STANDS or not party or clause.nominal:
            return
        for found in self._fillers(clause, [self.tables["alongside"]], frozenset({"Person"})):
            if found.cluster.proper:
                yield self._beside(draft, STANDS, found, "contest:running-mate")

    def _parties(self, clause: Clause) -> Iterator[Draft]:
        """For which party somebody stands or sits."""
        if clause.nominal or clause.passive or clause.lemma not in self.tables["for_party"]:
            return
        parties = self._fillers(clause, [self.tables["on_behalf"]], frozenset({"Organization"}))
        for person in self._fillers(clause, ["subj"], frozenset({"Person"})) if parties else ():
            if person.cluster.proper and parties[0].cluster.proper:
                pair, rule = (person.token, parties[0].token), f"{clause.rule} + contest:party"
                trigger = (clause.head,)
                yield Draft(
                    person.cluster, "affiliated_with", parties[0].cluster, clause.head, rule, triggers=trigger, fillers=pair
                )

    def _beside(self, draft: Draft, relation: str, found: Filler, rule: str) -> Draft:
        fillers, rule = (found.token, *draft.fillers[1:]), f"{draft.rule} + {rule}"
        return replace(draft, subject=found.cluster, relation=relation, rule=rule, fillers=fillers)

    def _fillers(self, clause: Clause, roles: list[str], kinds: frozenset[str]) -> list[Filler]:
        indices = [i for role in roles for i in (*clause.args.get(role, []), *clause.near.get(role, []))]
        return [f for i in dict.fromkeys(indices) if (f := self.matcher._filler(i, kinds, True)) is not None]

    # -- votes that a clause leaves out

    def _open(self, clause: Clause) -> Iterator[Draft]:
        """A verb of standing, winning or losing without its vote means the one that the article is about."""
        lemma = f"{self.lexicon.grammar['frames']['reflexive']} {clause.lemma}" if clause.reflexive else clause.lemma
        relation = self.tables["open"].get(lemma)
        if relation is None or clause.passive or clause.args.get("obj"):
            return
        vote = self._vote(clause.head)
        for found in self._fillers(clause, ["subj"], ACTORS - {"Place"}) if vote is not None else ():
            if found.cluster.proper:
                rule = f"{clause.rule} + contest:open"
                yield Draft(found.cluster, relation, vote, clause.head, rule, triggers=(clause.head,), fillers=(found.token,))

    def _vote(self, index: int) -> Cluster | None:
        """The vote that the article names most often, the nearest before a place in the text at a tie."""
        votes = [c for c in self.links.clusters if c.kind == "Event" and c.heads and any(map(self._is_vote, c.nouns))]
        worth = [(len(c.heads), max((h for h in c.heads if h < index), default=-1)) for c in votes]
        return votes[worth.index(max(worth))] if votes else None

    def _is_vote(self, noun: str) -> bool:
        return self.tables["votes"] in classes_of_event(self.lexicon, noun)

    # -- candidates

    def _turn_candidacies(self, known: list[Draft]) -> None:
        """Who is made or called a candidate stands for a vote: the one that the clause or else the article names."""
        for draft in list(known):
            office = draft.object
            if draft.relation not in OFFICES or office is None or office.kind != "Office" or not self._is_candidate(office):
                continue
            known.remove(draft)
            goal = self._goal(draft)
            stands = any(d.relation == STANDS and d.subject is draft.subject for d in known)
            if goal is not None and not stands and draft.subject is not None:
                rule = f"{draft.rule} + contest:candidate"
                forced = "asserted" if draft.forced == "planned" else draft.forced
                known.append(replace(draft, relation=STANDS, object=goal, rule=rule, forced=forced))

    def _is_candidate(self, office: Cluster) -> bool:
        names = (self.lexicon.role_of_noun(n, n) for n in office.names)
        return any(role is not None and role.official == "candidate" for role in names)

    def _goal(self, draft: Draft) -> Cluster | None:
        """The vote or office that the phrase of the candidate names, or the vote of the article."""
        doc = self.links.doc
        nouns = (doc[i] for i in (*draft.fillers, draft.anchor) if self.links.mentions.by_head.get(i) is not None)
        for noun in nouns:
            for child in noun.children:
                found = self.matcher._filler(child.i, frozenset({"Event", "Office"}), False)
                if found is not None and child.dep_ == "nmod":
                    return found.cluster
        return self._vote(draft.anchor)
