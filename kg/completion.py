"""What facts lack and their article tells: the only court or prosecution as actor, the thing that a clause is about.

Rules: `actor:unique` ('X wurde zu drei Jahren verurteilt' in an article with one court), `clause:acted-on` (of a clause as
object, what it is done to: 'kündigte an, das Gesetz zu ändern').
"""

from __future__ import annotations

from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import ACTORS, THINGS, Matcher
from kg.syntax import children, is_nominal


def complete(matcher: Matcher, drafts: list[Draft]) -> None:
    """Fill the gaps of drafts in place."""
    for draft in drafts:
        if draft.subject is None:
            _give_actor(matcher, draft)
        if draft.content is None and draft.subject is not None and not draft.static:
            _give_content(matcher, draft)


def _give_actor(matcher: Matcher, draft: Draft) -> None:
    """The only body of the article whose calling the deed is."""
    endings = matcher.lexicon.grammar["frames"]["callings"].get(draft.relation)
    found = _bodies(matcher, tuple(endings)) if endings else []
    if len(found) == 1 and found[0] is not draft.object:
        draft.subject, draft.fillers = found[0], (found[0].heads[0], *draft.fillers)
        draft.rule += " + actor:unique"


def _bodies(matcher: Matcher, endings: tuple[str, ...]) -> list[Cluster]:
    """The named or described organisations whose last part is one of the endings."""
    bodies = [c for c in matcher.links.clusters if c.kind in ACTORS and c.heads and c.kind != "Person"]
    return [c for c in bodies if any(w.lower().endswith(endings) for n in c.names for w in n.split())]


def _give_content(matcher: Matcher, draft: Draft) -> None:
    """The thing that the clause acts on, where the object is a clause."""
    if draft.relation not in matcher.lexicon.grammar["frames"]["acted_on"] or not draft.fillers or draft.object is None:
        return
    verb = matcher.links.doc[draft.fillers[-1]]
    if is_nominal(verb) or draft.object.kind != "Topic":
        return
    passive = [c for c in verb.children if c.dep_ == "nsubj:pass"]
    for phrase in (*children(verb, "obj"), *passive):
        found = matcher._filler(phrase.i, THINGS, False) if is_nominal(phrase) else None
        if found is not None and found.cluster is not draft.object:
            draft.content = found.cluster
            draft.rule += " + clause:acted-on"
            return
