"""Who follows whom in an office, as the noun for a successor tells, wherever it stands.

Rules: `succession:owner` ('als Nachfolger von X', 'zu dessen Nachfolgerin'), `succession:left` (the one who left office in the
sentence or the one before: 'Zum Nachfolger wurde X gewählt'), `succession:before` ('ihr Vorgänger X').
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import Matcher
from kg.mentions import Mention
from kg.modifiers import prep_of, stands_for_genitive
from kg.syntax import Sentences, adposition, base, children, clause_head, conjuncts
from kg.trees import Token

REACH = 2  # sentences back to where somebody left office
LEAVES = frozenset({"resigns_from", "dies"})


@dataclass
class Successions:
    """Reads the nouns for successors of one article."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["successions"]

    def drafts(self, known: list[Draft]) -> Iterator[Draft]:
        """A succession for each noun for a successor whose person and predecessor the text tells."""
        for mention in self.links.mentions.all:
            token = self.doc[mention.head]
            if mention.pronoun:
                continue
            if token.lemma_.lower().endswith(tuple(self.words["before"])):
                yield from self._predecessor(token)
            if not token.lemma_.lower().endswith(tuple(self.words["nouns"])):
                continue
            before, rule = self._owner(token), "succession:owner"
            if before is None:
                before, rule = self._left(token, known), "succession:left"
            after = self._person(mention, token)
            if before is not None and after is not None and before is not after:
                yield Draft(after, "succeeds", before, token.i, rule, triggers=(token.i,))

    def _predecessor(self, token: Token) -> Iterator[Draft]:
        """'Merkels Vorgänger X', 'seine Vorgängerin X': the owner followed X."""
        after, before = self._owner(token), self.links.of(token)
        if after is not None and after.proper and before is not None and before.kind == "Person" and before.proper:
            yield Draft(after, "succeeds", before, token.i, "succession:before", triggers=(token.i,), static=True)

    def _owner(self, token: Token) -> Cluster | None:
        """Whose successor it is: a genitive, a possessive, a phrase with 'von'."""
        for child in children(token, "nmod", "det:poss", "det"):
            case, found = adposition(child), self.links.of(child)
            if (case is None or stands_for_genitive(self.links, case)) and found is not None and found.kind == "Person":
                return found
        return None

    def _left(self, token: Token, known: list[Draft]) -> Cluster | None:
        """The one person who left office shortly before."""
        if children(token, "nmod", "det:poss"):
            return None
        sentences = Sentences.of(self.doc)
        here = sentences.number(token.i)
        near = [d for d in known if d.relation in LEAVES and 0 <= here - sentences.number(d.anchor) <= REACH]
        persons = [d.subject for d in near if d.subject is not None and d.subject.kind == "Person" and d.subject.proper]
        return persons[-1] if persons else None

    def _person(self, mention: Mention, token: Token) -> Cluster | None:
        """Who the successor is: the person that the noun stands for, or whom the verb puts into the role."""
        own = self.links.of(token)
        if own is not None and own.kind == "Person" and own.proper:
            return own
        for phrase in self._candidates(token):
            found = self.links.of(phrase)
            if found is not None and found.kind == "Person" and found.proper:
                return found
        return None

    def _candidates(self, token: Token) -> Iterator[Token]:
        """The object of the verb, or the subject of its passive or of its copula."""
        case, verb = adposition(token), clause_head(token)
        roles = {self.lexicon.grammar["prepositions"]["role"], *self.lexicon.grammar["prepositions"]["becoming"]}
        if case is not None and prep_of(self.links, case) not in roles:
            return
        passive = any(c.dep_ in {"nsubj:pass", "aux:pass"} for c in verb.children)
        named = case is None and base(token.dep_) in {"nsubj", "xcomp", "ROOT"}
        wanted = ("nsubj",) if passive or named else ("obj", "iobj")
        for phrase in children(verb, *wanted) + (children(token, "nsubj") if named else []):
            if phrase != token:
                yield from conjuncts(phrase)[:1]
        if named:
            yield from (c for c in children(verb, "xcomp", "obl", "nsubj", "obj") if c != token and adposition(c) is None)
