"""What killed them, who took them, whose event it was, where the clause itself does not tell.

Rules: `casualty:event-actor` (an attack whose actor is told kills as that actor), `casualty:hurt` ('bei einem Angriff der
Taliban verletzt'), `casualty:thereby` (what an adverb points to: 'Dabei starben zwei Menschen'), `casualty:before` (the attack or
accident of the same sentence or the one before), `casualty:among` ('unter den Toten war X'), `casualty:owner` ('beschossen den
Wagen von X'), `casualty:police` (the police of the sentence arrested), `casualty:joins` (who demonstrates attends the one
demonstration of the article).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from kg.clauses import Clause
from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import ACTORS, Filler, Matcher
from kg.lent import ATTACKS, ATTENDS, KILLS, Lent, event_class
from kg.syntax import Sentences, base, children, is_nominal
from kg.trees import Token

ARRESTS, DIES = "arrests", "dies"
VICTIMS = frozenset({"Person", "Group"})


@dataclass
class Casualties:
    """Completes deeds of violence of one article from the events that its sentences tell."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["casualties"]
        self.lent = Lent(self.matcher)

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> list[Draft]:
        """All that they add; drafts that lack an actor are given one in place."""
        by_head = {c.head: c for c in clauses}
        self.known = known
        found: list[Draft] = []
        for clause in by_head.values():
            if clause.nominal:
                found += self._by_actor(clause, by_head)
            else:
                found += [*self._before(clause), *self._joins(clause)]
                self._police(clause)
        self._owners([*known, *found])
        found += self._victims(by_head, found)
        # a deed without its actor says nothing beside the same one with its actor
        told = {(d.relation, id(d.object)) for d in (*known, *found) if d.subject is not None and d.object is not None}
        known[:] = [d for d in known if d.subject is not None or (d.relation, id(d.object)) not in told]
        return found

    def _at(self, anchor: int, *relations: str) -> list[Draft]:
        return [d for d in self.known if d.anchor == anchor and d.relation in relations]

    def _owners(self, drafts: list[Draft]) -> None:
        """'beschossen den Wagen von X': whose thing is hit is attacked."""
        of = self.lexicon.grammar["prepositions"]["genitive"]
        for draft in drafts:
            if (
                draft.relation != ATTACKS
                or draft.object is None
                or draft.object.kind not in self.words["hit_things"]
                or not draft.fillers
            ):
                continue
            whose = [c for c in children(self.doc[draft.fillers[-1]], "nmod", "det:poss") if self.lent._case(c) in ("", *of)]
            owner = next(
                (c for t in whose if (c := self.links.of(t)) is not None and c.kind in ACTORS and c.kind != "Place"), None
            )
            if owner is not None and owner is not draft.subject:
                draft.object, draft.rule = owner, draft.rule + " + casualty:owner"

    # -- attacks whose actor is told

    def _by_actor(self, clause: Clause, by_head: dict[int, Clause]) -> Iterator[Draft]:
        actor = self._actor(clause)
        if actor is None or (actor.cluster.kind == "Place" and not self._is_state(actor.cluster)):
            return
        noun = self.doc[clause.head]
        event, around = self.links.of(noun), by_head.get(noun.head.i)
        for draft in self.known:
            if draft.relation == KILLS and draft.subject is event is not None and draft.object is not actor.cluster:
                draft.subject, draft.rule = actor.cluster, draft.rule + " + casualty:event-actor"
        if around is None or not around.passive or around.args.get("subj") or actor.token == noun.i or base(noun.dep_) != "obl":
            return
        case = self.lent._case(noun)
        if case in self.lent.words["violent_prepositions"] and not self._at(around.head, KILLS):
            hurt = replace(around, args=around.args | {"subj": [actor.token]}, rule=f"{around.rule} + casualty:hurt")
            yield from (d for d in self.matcher.drafts(hurt) if d.relation == ATTACKS)

    def _is_state(self, cluster: Cluster) -> bool:
        return cluster.actor is not None and cluster.actor.name in self.lexicon.states

    def _actor(self, clause: Clause) -> Filler | None:
        """Who attacks, as the noun of an attack tells."""
        for frame in self.lexicon.noun_frames.get(clause.lemma, ()):
            if frame.relation == ATTACKS and frame.subject != frame.object:
                default = self.matcher._default(frame, "subject")
                own = replace(clause, args={k: v for k, v in clause.args.items() if k != "subj"})
                return next(iter(self.matcher._slot(own, frame.subject, default, frozenset(), actor=True)), None)
        return None

    # -- what killed them

    def _before(self, clause: Clause) -> Iterator[Draft]:
        frame = next((f for f in self.lexicon.verb_frames.get(clause.lemma, ()) if f.relation in (KILLS, DIES)), None)
        told = [d for d in self._at(clause.head, KILLS) if d.subject is not None]
        if frame is None or told or frame.reflexive != clause.reflexive or (clause.args.get("subj") and clause.passive):
            return
        if not clause.passive and not any(f.relation == DIES for f in self.lexicon.verb_frames[clause.lemma]):
            return
        verb = self.doc[clause.head]
        victims = self._named(clause.args.get("obj" if clause.passive else "subj", []))
        linked, shared = self._is_linked(verb), "clause:shared" in clause.rule
        if not victims or (not linked and (shared or clause.lemma not in self.words["dying"])):
            return
        cause = self._cause(verb)
        if cause is None or any(self.matcher._is_noun(self.doc[v.token], w) for v in victims for w in self.words["not_victims"]):
            return
        rule = "casualty:thereby" if linked else "casualty:before"
        for victim in victims:
            if victim.cluster is not cause.cluster:
                yield self._kill(cause, victim, verb.i, f"{clause.rule} + {rule}")
        self.known[:] = [d for d in self.known if d.anchor != verb.i or d.relation not in (KILLS, DIES)]

    def _named(self, tokens: Iterable[int]) -> list[Filler]:
        """The victims: named, or a group told apart by more than a pronoun."""
        found = (Filler(c, i) for i in tokens if (c := self.links.of(i)) is not None and c.kind in VICTIMS)
        return [f for f in found if f.cluster.kind == "Group" or self.matcher.acts(f.cluster, f.token)]

    def _kill(self, cause: Filler, victim: Filler, anchor: int, rule: str) -> Draft:
        pair = (cause.token, victim.token)
        return Draft(cause.cluster, KILLS, victim.cluster, anchor, rule, triggers=(anchor,), fillers=pair)

    def _cause(self, verb: Token) -> Filler | None:
        """The attack, its actor or the accident in the same sentence or the one before it."""
        linked = self._is_linked(verb)
        sentences = Sentences.of(self.doc)
        number = sentences.number(verb.i)
        own = (sentences.span(number)[0], verb.i)
        spans = [own] if verb.dep_ != "ROOT" else []
        if linked or (not self._placed(verb) and verb.dep_ == "ROOT"):
            spans += [sentences.span(number - 1)] if number else []
        for span in spans:
            if linked and (actor := self._attacker(*span)) is not None:
                return actor
            if (event := self._event(*span)) is not None:
                return event
        return None

    def _is_linked(self, verb: Token) -> bool:
        return any(c.lower_ in self.words["thereby"] for c in verb.children)

    def _placed(self, verb: Token) -> bool:
        """Whether the clause tells a place or a time of its own, and so perhaps another event."""
        return any((c := self.links.of(p)) is not None and c.kind in ("Place", "Event") for p in children(verb, "obl"))

    def _attacker(self, start: int, end: int) -> Filler | None:
        for draft in reversed(self.known):
            inside = start <= draft.anchor < end and draft.relation == ATTACKS and draft.forced is None
            if inside and draft.subject is not None and draft.subject.kind in ACTORS and draft.fillers:
                return Filler(draft.subject, draft.fillers[0])
        return None

    def _event(self, start: int, end: int) -> Filler | None:
        for token in reversed(self.doc[start:end]):
            event = self.links.of(token) if is_nominal(token) else None
            if (
                event is not None
                and event.kind == "Event"
                and not event.generic
                and event_class(token, self.lexicon) in self.words["deadly"]
            ):
                return Filler(event, token.i)
        return None

    def _victims(self, by_head: dict[int, Clause], added: list[Draft]) -> Iterator[Draft]:
        """'Unter den Toten war X': killed by what killed the others."""
        for token in self.doc:
            if token.lemma_ not in self.words["dead"] and token.text not in self.words["dead"]:
                continue
            members = self._named(self.lent.among(token, by_head))
            cause = self._cause_of(token, added) if members else None
            for victim in members if cause is not None else ():
                if cause is not None and victim.cluster is not cause.cluster:
                    yield self._kill(cause, victim, token.i, "casualty:among")

    def _cause_of(self, noun: Token, added: list[Draft]) -> Filler | None:
        """The event whose victims they are, or what killed the ones told last."""
        for child in children(noun, "nmod"):
            event = self.links.of(child)
            if event is not None and event.kind == "Event":
                return Filler(event, child.i)
        earlier = [d for d in (*self.known, *added) if d.relation == KILLS and d.anchor < noun.i and d.subject is not None]
        last = max(earlier, key=lambda d: d.anchor, default=None)
        return Filler(last.subject, last.fillers[0]) if last is not None and last.subject is not None and last.fillers else None

    # -- who arrested them

    def _police(self, clause: Clause) -> None:
        """'wurden festgenommen' near the police: by them."""
        frames = (f for f in self.lexicon.verb_frames.get(clause.lemma, ()) if f.relation == ARRESTS)
        if not clause.passive or clause.args.get("subj") or next(frames, None) is None:
            return
        body = self._near(clause.head)
        if body is None:
            return
        lent = replace(clause, args=clause.args | {"subj": [body.token]}, rule=f"{clause.rule} + casualty:police")
        found = [d for d in self.matcher.drafts(lent) if d.relation == ARRESTS]
        if found:
            self.known[:] = [d for d in self.known if d.anchor != clause.head or d.relation != ARRESTS] + found

    def _near(self, index: int) -> Filler | None:
        """The police or another body that arrests, in the same sentence or the one before."""
        sentences = Sentences.of(self.doc)
        number = sentences.number(index)
        start, end = sentences.span(max(0, number - 1))[0], sentences.span(number)[1]
        for token in reversed(self.doc[start:end]):
            body = self.links.of(token) if is_nominal(token) else None
            if body is not None and body.kind == "Organization" and token.lemma_.lower().endswith(tuple(self.words["arresting"])):
                return Filler(body, token.i)
        return None

    # -- who demonstrates

    def _joins(self, clause: Clause) -> Iterator[Draft]:
        if clause.lemma not in self.words["joining"] or clause.passive or self._at(clause.head, ATTENDS) or self._rally is None:
            return
        for token in clause.args.get("subj", []):
            who = self.links.of(token)
            told = any(self.matcher._is_noun(self.doc[token], w) for w in self.words["joined"])
            if who is not None and who.kind == "Group" and who is not self._rally and not told:
                pair = (token, self._rally.heads[0])
                rule = f"{clause.rule} + casualty:joins"
                yield Draft(who, ATTENDS, self._rally, clause.head, rule, triggers=(clause.head,), fillers=pair)

    @cached_property
    def _rally(self) -> Cluster | None:
        """The one demonstration of the article."""
        rallies = [c for c in self.links.clusters if c.kind == "Event" and c.heads and not c.generic and self._is_rally(c)]
        return rallies[0] if len(rallies) == 1 else None

    def _is_rally(self, cluster: Cluster) -> bool:
        return any(event_class(self.doc[h], self.lexicon) in self.words["rallies"] for h in cluster.heads)
