"""A fact on its way: entities still growing, status and source not yet settled."""

from __future__ import annotations

from dataclasses import dataclass

from kg.clusters import Cluster


@dataclass(slots=True)
class Draft:
    """A fact before status, source, time and place are settled.

    Attributes:
        anchor: the token whose clause tells status, source, time and place.
        span: token span of the evidence; None for the clause of `anchor`.
        triggers: the tokens that made the rule fire.
        static: a state told by a noun phrase, which has no time or place of its own.
        fillers: the tokens that name subject and object.
        forced: the status that the rule itself tells.
        aside: counts only if the subject does, undergoes or says something elsewhere in the article.
    """

    subject: Cluster | None
    relation: str
    object: Cluster | None
    anchor: int
    rule: str
    content: Cluster | None = None
    span: tuple[int, int] | None = None
    triggers: tuple[int, ...] = ()
    static: bool = False
    forced: str | None = None
    fillers: tuple[int, ...] = ()
    aside: bool = False
