"""Pronominal adverbs that stand for what was told before: 'Der Bund will die Steuer senken. Die SPD stimmte dagegen.'

Rule: `link:thing-before` (with a verb of stance: the thing that the clause or the sentence before is about).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg.clauses import Clause
from kg.demonstratives import event_before
from kg.drafts import Draft
from kg.frames import THINGS, Matcher
from kg.syntax import adposition, base, children, is_nominal, predicate_lemma
from kg.trees import Token

CLAUSES = frozenset({"ccomp", "xcomp", "advcl", "acl"})


@dataclass
class StandingIn:
    """Reads what pronominal adverbs of one article stand for."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["standing_in"]

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """The stances on what was told before, where the clause tells no other object."""
        stated = {d.anchor for d in known if d.relation in self.words["relations"]}
        for clause in clauses:
            if not clause.nominal and clause.head not in stated and self._takes_stand(clause):
                yield from self._of(clause)

    def _takes_stand(self, clause: Clause) -> bool:
        return any(f.relation in self.words["relations"] for f in self.lexicon.verb_frames.get(clause.lemma, ()))

    def _of(self, clause: Clause) -> Iterator[Draft]:
        verb = self.doc[clause.head]
        if clause.lemma != predicate_lemma(verb):
            yield from self._unsaid(clause)
        for adverb in verb.children:
            role = self.lexicon.grammar["pronouns"].get(adverb.lower_)
            if role is None or adverb.lower_ not in self.words["adverbs"]:
                continue
            if clause.args.get(role) or self._explained(adverb, verb) or self._connects(verb):
                continue
            found = self._before(verb)
            if found is not None:
                told = replace(clause, args=clause.args | {role: [found]}, rule=f"{clause.rule} + link:thing-before")
                yield from (d for d in self.matcher.drafts(told) if d.relation in self.words["relations"] and found in d.fillers)

    def _unsaid(self, clause: Clause) -> Iterator[Draft]:
        """'Zufrieden äußerte sich auch X', 'Positiv reagierte X': a word of stance with no word of what it is taken on."""
        frames = [f for f in self.lexicon.verb_frames[clause.lemma] if f.relation in self.words["relations"]]
        roles = [s.role for f in frames for s in f.object]
        verb = self.doc[clause.head]
        if not roles or not set(roles) <= set(self.words["prepositions"]) or self._is_explained(verb):
            return
        found = self._before(verb)
        if found is not None and not any(clause.args.get(r) or clause.near.get(r) for r in roles):
            told = replace(clause, args=clause.args | {roles[0]: [found]}, rule=f"{clause.rule} + link:thing-before")
            yield from (d for d in self.matcher.drafts(told) if d.relation in self.words["relations"] and found in d.fillers)

    def _is_explained(self, verb: Token) -> bool:
        """Whether a clause after the predicate tells what it is about ('Wir sind froh und dankbar, dass ...')."""
        return any(c.i > verb.i and not is_nominal(c) and base(c.dep_) != "conj" for c in verb.subtree if base(c.dep_) in CLAUSES)

    def _explained(self, adverb: Token, verb: Token) -> bool:
        """'dagegen, dass ...'"""
        return any(c.i > adverb.i and not is_nominal(c) for n in (adverb, verb) for c in children(n, *CLAUSES))

    def _connects(self, verb: Token) -> bool:
        """'ist dagegen auf der Suche': with a copula and another phrase the adverb only connects sentences."""
        copula = predicate_lemma(verb) in self.lexicon.cue("light", "copular")
        return copula and any(adposition(c) is not None for c in children(verb, "obl", "nmod"))

    def _before(self, verb: Token) -> int | None:
        """The thing that the clause in front of the verb's own is about, else that of the sentence before."""
        governor = verb.head
        if base(verb.dep_) in {"conj", "parataxis", "ccomp"} and governor != verb and governor.i < verb.i:
            passive = [c for c in governor.children if c.dep_ == "nsubj:pass"]
            for phrase in (*children(governor, "obj"), *passive, *children(governor, "nsubj")):
                cluster = self.links.of(phrase) if is_nominal(phrase) else None
                if cluster is not None and cluster.kind in THINGS:
                    return phrase.i
        found = event_before(self.links, verb.i)
        return found[1] if found is not None else None
