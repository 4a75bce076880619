"""What the rules of voices share: the article's links, who speaks, and facts on their way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from kg.attribution import Attribution
from kg.clauses import Clause
from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import ACTORS, Filler, Matcher
from kg.lexicon import ADJECTIVE_ENDINGS
from kg.syntax import (
    antecedent,
    children,
    conjuncts,
    is_nominal,
)
from kg.trees import Token


@dataclass
class Voicing:
    """Reads an article for its voices; `spoken` gives the speaker of each token."""

    matcher: Matcher
    spoken: dict[int, Cluster]
    attribution: Attribution

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon

    def _actors(self, clause: Clause, role: str) -> list[Filler]:
        return [f for i in clause.args.get(role, []) if (f := self.matcher._filler(i, ACTORS, True)) is not None]

    def _named(self, tokens: Iterable[Token], wanted: frozenset[str], speaker: Cluster | None) -> list[Filler]:
        """The entities that phrases name, other than the speaker."""
        members = [antecedent(m) for t in tokens for m in conjuncts(t)]
        found = [f for m in members if is_nominal(m) and (f := self.matcher._filler(m.i, wanted, False)) is not None]
        return [f for f in found if f.cluster is not speaker and self.matcher.acts(f.cluster, f.token)]

    def _is_hypothesis(self, verb: Token) -> bool:
        """Under a condition, or in a question."""
        marks = {c.lower_ for c in children(verb, "mark")}
        conditional = marks & (self.lexicon.cue("conditional", "strict") | self.lexicon.cue("conditional", "subjunctions"))
        return bool(conditional) or any(t.text == "?" for t in verb.subtree)

    def _pairs(self, rule: str, relation: str, subject: Filler, targets: list[Filler], anchor: int) -> Iterator[Draft]:
        for target in targets:
            if target.cluster is not subject.cluster:
                yield self._draft(rule, subject.cluster, relation, target, anchor, subject.token)

    def _draft(
        self,
        rule: str,
        speaker: Cluster | None,
        relation: str,
        target: Filler,
        anchor: int,
        subject: int | None = None,
        content: Cluster | None = None,
    ) -> Draft:
        fillers = (target.token,) if subject is None else (subject, target.token)
        return Draft(
            speaker, relation, target.cluster, anchor, rule, content, triggers=(anchor,), forced="asserted", fillers=fillers
        )


def ends(noun: Token, listed: frozenset[str]) -> bool:
    """Whether the noun, or the last part of its compound, is in the list."""
    words, longer = _forms(listed)
    return any(word in words or word.endswith(longer) for word in (noun.lemma_.lower(), noun.lower_))


@lru_cache(maxsize=256)
def _forms(listed: frozenset[str]) -> tuple[frozenset[str], tuple[str, ...]]:
    """The words in lower case, and what their compounds end in, with a plural ending or without."""
    longer = sorted(w.lower() + e for w in listed if len(w) > 4 for e in ("", *ADJECTIVE_ENDINGS))
    return frozenset(w.lower() for w in listed), tuple(longer)
