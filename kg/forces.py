"""Whose troops they are: 'kündigte den Abzug der Truppen an', 'begann mit dem Abzug ihrer Soldaten'.

Rule: `forces:owner` (of troops that nothing but a possessive or the subject around tells apart, the owner acts).
"""

from __future__ import annotations

from collections.abc import Iterable

from kg.clauses import Clause
from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import ACTORS, Matcher
from kg.syntax import base, children, clause_head, is_nominal
from kg.trees import Token


def give_owners(matcher: Matcher, clauses: Iterable[Clause], drafts: list[Draft]) -> None:
    """Put the owner in the place of bare troops as the actor, in place."""
    words = matcher.lexicon.grammar["forces"]
    by_head = {c.head: c for c in clauses}
    for draft in drafts:
        if draft.relation not in words["relations"] or draft.subject is None or draft.subject.proper or not draft.fillers:
            continue
        troops, noun = matcher.links.doc[draft.fillers[0]], matcher.links.doc[draft.anchor]
        if is_nominal(noun) and matcher.links.of(troops) is draft.subject and _is_bare(troops, words["nouns"]):
            owner = _owner(matcher, troops, by_head.get(draft.anchor))
            if owner is not None and owner[0] is not draft.object:
                draft.subject, draft.fillers = owner[0], (owner[1], *draft.fillers[1:])
                draft.rule += " + forces:owner"


def _is_bare(noun: Token, nouns: list[str]) -> bool:
    """Whether the noun has no attribute that tells whose troops they are; a phrase of place is none."""
    return noun.lemma_ in nouns and not any(base(c.dep_) in {"amod", "appos", "flat"} for c in noun.children)


def _owner(matcher: Matcher, troops: Token, clause: Clause | None) -> tuple[Cluster, int] | None:
    possessive = [c.i for c in troops.children if c.dep_ == "det:poss"]
    around = clause.args.get("subj", []) if clause is not None else []
    own = [c.i for c in children(clause_head(troops), "nsubj")] if possessive else []
    for index in (*possessive, *around, *own):
        cluster = matcher.links.of(index)
        if cluster is not None and cluster.kind in ACTORS - {"Person"} and index != troops.i:
            return cluster, index
    return None
