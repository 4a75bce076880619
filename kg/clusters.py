"""The entities of an article while they are gathered: clusters of mentions, findable by token."""

from __future__ import annotations

from dataclasses import dataclass, field

from kg.lexicon import Actor, Lexicon, stem
from kg.mentions import Mention, Mentions
from kg.model import Entity
from kg.syntax import base
from kg.trees import Doc, Token

WIDER = frozenset({"link:hypernym", "link:own-state"})  # rules that take something up by a word that fits others as well


@dataclass
class Cluster:
    """An entity while it is gathered; `heads` are the head tokens of its mentions, `told` counts adjectives and compounds."""

    kind: str
    names: list[str] = field(default_factory=list)
    actor: Actor | None = None
    proper: bool = False
    gender: str = ""
    number: str = ""
    roles: set[str] = field(default_factory=set)
    nouns: set[str] = field(default_factory=set)
    heads: list[int] = field(default_factory=list)
    subjects: set[int] = field(default_factory=set)
    of: str | None = None
    fixed: bool = False
    told: int = 0
    generic: bool = False
    office: Cluster | None = None

    def add(self, name: str) -> None:
        """Take up a surface form."""
        if name and name not in self.names:
            self.names.append(name)

    def entity(self) -> Entity:
        """The frozen entity, its fullest name first; a row of the actor tables gives the name if the text has only a part."""
        names = sorted(self.names, key=lambda n: (-_fullness(n, self.kind), self.names.index(n)))
        if self.actor is not None and (self.kind != "Person" or not any(" " in n for n in names)):
            names = [self.actor.name, *[n for n in names if n != self.actor.name]]
        name = names[0]
        wikidata = self.actor.wikidata if self.actor else None
        scope = "global" if self.proper and self.kind in {"Person", "Organization", "Place"} else "article"
        return Entity(self.kind, name, tuple(names), wikidata, scope, self.of)  # type: ignore[arg-type]


def _fullness(name: str, kind: str) -> int:
    return len(name.split()) if kind == "Person" else 0


@dataclass
class Links:
    """The entities of an article, findable by token."""

    doc: Doc
    lexicon: Lexicon
    mentions: Mentions
    clusters: list[Cluster] = field(default_factory=list)
    of_head: dict[int, Cluster] = field(default_factory=dict)
    rules: dict[int, str] = field(default_factory=dict)
    _entities: dict[int, Entity] = field(default_factory=dict)

    def of(self, token: Token | int) -> Cluster | None:
        """The entity that a token stands for."""
        index = token if isinstance(token, int) else token.i
        if index in self.of_head:
            return self.of_head[index]
        mention = self.mentions.at(self.doc[index])
        return self.of_head.get(mention.head) if mention else None

    def entity(self, cluster: Cluster) -> Entity:
        """The frozen entity of a cluster, the same object each time."""
        key = id(cluster)
        if key not in self._entities:
            self._entities[key] = cluster.entity()
        return self._entities[key]

    def cluster_of(self, entity: Entity) -> Cluster | None:
        """The cluster that an entity was made from."""
        return next((c for c in self.clusters if self._entities.get(id(c)) is entity), None)

    def actor(self, actor: Actor, surface: str | None = None) -> Cluster:
        """The cluster of an actor row, made if the article has not named it."""
        for cluster in self.clusters:
            if cluster.actor is not None and cluster.actor.name == actor.name:
                break
        else:
            cluster = self.new(actor.kind, surface or actor.name, proper=True)
            cluster.actor = actor
        if surface:
            cluster.add(surface)
        return cluster

    def named(self, kind: str, name: str) -> Cluster:
        """The cluster of that kind and name, made if there is none."""
        for cluster in self.clusters:
            if cluster.kind == kind and name in cluster.names:
                return cluster
        return self.new(kind, name)

    def new(self, kind: str, name: str, proper: bool = False) -> Cluster:
        """A new cluster."""
        cluster = Cluster(kind, [name] if name else [], proper=proper)
        self.clusters.append(cluster)
        return cluster

    def join(self, mention: Mention, cluster: Cluster, rule: str, named: bool = True) -> None:
        """Put a mention into a cluster."""
        self.of_head[mention.head] = cluster
        self.rules[mention.head] = rule
        cluster.heads.append(mention.head)
        token = self.doc[mention.head]
        if base(token.dep_) == "nsubj":
            cluster.subjects.add(mention.head)
        if named:
            cluster.add(mention.name)
        if mention.gender and not cluster.gender:
            cluster.gender = mention.gender
        if mention.number and not cluster.number:
            cluster.number = mention.number
        if mention.role is not None:
            cluster.roles |= {stem(mention.role.masculine), stem(mention.role.feminine)}
        if not mention.proper and rule not in WIDER:
            cluster.nouns.add(token.lemma_)
