"""Those who act together: reciprocal relations between the members of a subject, and companions who share a deed.

Rules: `pair:subjects` ('die Bahn und die Gewerkschaft führten Verhandlungen'), `pair:represented` ('Vertreter der Regierung und
der Rebellen'), `pair:both` ('beide Seiten', after a sentence about two actors), `pair:adjective` ('die polnisch-litauische
Zusammenarbeit'), `pair:joint` ('betreibt gemeinsam mit dem Roten Kreuz ein Lager'), `with:companion` ('zusammen mit X forderte
Y Reformen': X does so, too).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import combinations

from kg import vocab
from kg.clauses import Clause, prep_lemma
from kg.drafts import Draft
from kg.frames import ACTORS, Filler, Matcher
from kg.lexicon import Frame, split_adjective
from kg.syntax import (
    Sentences,
    adposition,
    antecedent,
    base,
    children,
    clause_head,
    conjuncts,
    is_nominal,
    morph,
    predicate_lemma,
)
from kg.trees import Token

COOPERATES = "cooperates_with"


@dataclass
class Reciprocal:
    """Reads the relations among those who act together in one article."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["reciprocal"]

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> list[Draft]:
        """All that they do with each other, and what companions share; what is known of a predicate is left alone."""
        stated = {(d.relation, d.anchor) for d in known if d.subject is not None and d.object is not None}
        found: list[Draft] = []
        for clause in clauses:
            found += [d for d in self._pairs(clause) if (d.relation, d.anchor) not in stated]
            if not clause.nominal:
                found += self._companions(clause)
        return found

    # -- pairs

    def _pairs(self, clause: Clause) -> list[Draft]:
        table = self.lexicon.noun_frames if clause.nominal else self.lexicon.verb_frames
        for frame in table.get(clause.lemma, ()):
            used = self.matcher._applies(frame, clause) if self._is_reciprocal(frame, clause) else None
            if used is not None and (found := list(self._of(frame, clause, used))):
                return found
        return []

    def _is_reciprocal(self, frame: Frame, clause: Clause) -> bool:
        """Whether the frame tells its other party by a preposition of company, and the clause does not."""
        roles = {s.role for s in frame.object}
        told = any(clause.args.get(r) or clause.near.get(r) for r in roles - {s.role for s in frame.subject})
        return (
            frame.relation in self.words["relations"]
            and frame.lemma not in self.words["one_sided"]
            and not told
            and (frame.object == frame.subject or bool(roles & set(self.words["company"])))
        )

    def _of(self, frame: Frame, clause: Clause, used: frozenset[int]) -> Iterator[Draft]:
        wanted = frozenset(vocab.relations()[frame.relation].domain)
        members = self._members(frame, clause, wanted, used)
        rule, pairs = self._paired(members, clause, wanted)
        named = replace(clause, rule=f"{clause.rule} + {rule}")
        for a, b in pairs:
            if a.cluster is not b.cluster:
                yield self.matcher._draft(frame, named, used, a, b, [])

    def _members(self, frame: Frame, clause: Clause, wanted: frozenset[str], used: frozenset[int]) -> list[Filler]:
        """Who does it: the subject, unless a light verb only announces what may have another partner."""
        if clause.nominal and self._is_offered(clause):
            return []
        own = clause.args.get("gen", []) if clause.nominal and len(clause.args.get("subj", [])) > 1 else []
        if any(self.doc[i].dep_ == "det:poss" for i in own):  # 'X und Y bauen ihre Zusammenarbeit aus'
            clause = replace(clause, args={role: found for role, found in clause.args.items() if role != "gen"})
        return self.matcher._slot(clause, frame.subject, wanted, used, actor=True)

    def _is_offered(self, clause: Clause) -> bool:
        verb = self.doc[clause.head].head
        return verb.pos_ == "VERB" and predicate_lemma(verb) in self.words["offering_verbs"]

    def _paired(self, members: list[Filler], clause: Clause, wanted: frozenset[str]) -> tuple[str, list[tuple[Filler, Filler]]]:
        """The rule and the pairs that it gives."""
        if clause.nominal and (two := self._by_adjective(self.doc[clause.head])):
            return "pair:adjective", [two]
        if len(members) > 1:
            return "pair:subjects", list(combinations(members, 2))
        tokens = [m.token for m in members] or [i for r in ("subj", "gen") for i in clause.args.get(r, [])][:1]
        for index in tokens:
            if len(inner := self._represented(self.doc[index], wanted)) > 1:
                return "pair:represented", list(combinations(inner, 2))
            if two := self._both(self.doc[index], wanted):
                return "pair:both", [two]
        return "", []

    def _represented(self, noun: Token, wanted: frozenset[str]) -> list[Filler]:
        """Whom a plural noun stands for: its coordinated genitives ('die Außenminister Polens und Litauens')."""
        if morph(noun, "Number") != "Plur" or not is_nominal(noun):
            return []
        owners = [c for c in children(noun, "nmod") if self._is_owner(c)]
        members = [m for c in owners for m in conjuncts(c)]
        found = [f for m in members if (f := self.matcher._filler(m.i, wanted, True)) is not None]
        return found if len(found) == len(members) else []

    def _is_owner(self, phrase: Token) -> bool:
        case = adposition(phrase)
        return case is None or prep_lemma(case, self.lexicon) in self.words["owner_prepositions"]

    def _by_adjective(self, noun: Token) -> tuple[Filler, Filler] | None:
        """The two actors of an adjective with a hyphen."""
        for word in children(noun, "amod"):
            rows = [self.lexicon.adjectives.get(split_adjective(part)[0]) for part in word.lower_.split("-")]
            if len(rows) == 2 and rows[0] is not None and rows[1] is not None and rows[0] is not rows[1]:
                return Filler(self.links.actor(rows[0]), word.i), Filler(self.links.actor(rows[1]), word.i)
        return None

    # -- both

    def _both(self, noun: Token, wanted: frozenset[str]) -> tuple[Filler, Filler] | None:
        """The two actors that 'beide Seiten' means: those of the sentences before, if they are just two."""
        if not self._says_both(noun):
            return None
        kind = self.lexicon.kind_of_noun(noun.lemma_)
        kinds = wanted if noun.lemma_ in self.words["any_side"] or noun.pos_ in {"PRON", "DET"} or kind is None else {kind}
        sentences = Sentences.of(self.doc)
        number = sentences.number(noun.i)
        own = range(sentences.span(number)[0], noun.i)
        for start in (number, number - 1, number - 2):
            if start < 0:
                break
            found = self._actors_in(range(sentences.span(start)[0], own.stop), frozenset(kinds))
            if len(found) >= 2:
                return (found[0], found[1]) if len(found) == 2 else None
        return None

    def _says_both(self, noun: Token) -> bool:
        marks = (noun.lower_, *(c.lower_ for c in noun.children))
        return any(m in self.words["both"] for m in marks) or noun.lemma_ in self.words["two_parties"]

    def _actors_in(self, tokens: range, kinds: frozenset[str]) -> list[Filler]:
        """The named actors of these kinds, each once; places where something only happens do not count."""
        found: dict[int, Filler] = {}
        location = self.lexicon.grammar["prepositions"]["location"]
        for i in tokens:
            cluster = self.links.of_head.get(i)
            if cluster is None or cluster.kind not in kinds or not (cluster.proper or cluster.kind == "Organization"):
                continue
            case = adposition(self.doc[i])
            if case is None or cluster.kind != "Place" or prep_lemma(case, self.lexicon) not in location:
                found.setdefault(id(cluster), Filler(cluster, i))
        return list(found.values())

    # -- companions

    def _companions(self, clause: Clause) -> list[Draft]:
        """'Zusammen mit X forderte Y Reformen': X does what Y does; who works on something together cooperates."""
        verb = self.doc[clause.head]
        told = clause.args.get("obj" if clause.passive else "subj", [])
        actors = [f for i in told if (f := self.matcher._filler(i, ACTORS, True)) is not None]
        if not actors:
            return []
        tokens = [m for p in self._company(verb) for m in conjuncts(p)]
        others = [f for t in tokens if (f := self._companion(t)) is not None and all(f.cluster is not a.cluster for a in actors)]
        if not others:
            return []
        return [*self._shared(clause, others), *(self._joint(clause, actors, others) if not clause.passive else ())]

    def _companion(self, token: Token) -> Filler | None:
        names = (token, *(c for c in token.children if base(c.dep_) == "flat"))
        return next((f for t in names if (f := self.matcher._filler(t.i, ACTORS, True)) is not None), None)

    def _company(self, verb: Token) -> Iterator[Token]:
        """Phrases of company: 'gemeinsam mit X', 'zusammen mit X'."""
        for token in verb.sent:
            opens = token.i > 0 and self.doc[token.i - 1].lower_ in self.words["jointly"]
            if opens and token.lower_ in self.words["company"] and token.dep_ == "case" and self._owner(token.head) == verb:
                yield antecedent(token.head)

    def _owner(self, phrase: Token) -> Token:
        """The predicate of a phrase: the one behind it if a comma parts the phrase from that of the tree."""
        verb, inside = clause_head(phrase), {t.i for t in phrase.subtree}
        first, last = sorted((phrase.i, verb.i))
        if not any(t.text == "," and t.i not in inside for t in self.doc[first:last]):
            return verb
        behind = self.doc[phrase.i : phrase.sent.end]
        return next((t for t in behind if t.pos_ == "VERB" and t.i not in inside and base(t.dep_) not in {"aux", "cop"}), verb)

    def _shared(self, clause: Clause, others: list[Filler]) -> Iterator[Draft]:
        role = "obj" if clause.passive else "subj"  # 'wurde zusammen mit X festgenommen'
        lent = replace(clause, args=clause.args | {role: [f.token for f in others]}, rule=f"{clause.rule} + with:companion")
        relations = vocab.relations()
        owners = {id(f.cluster) for f in others}
        for draft in self.matcher.drafts(lent):
            told = relations[draft.relation]
            own = draft.object if clause.passive else draft.subject
            if id(own) in owners and not told.symmetric and draft.relation not in self.words["not_shared"]:
                yield draft

    def _joint(self, clause: Clause, actors: list[Filler], others: list[Filler]) -> Iterator[Draft]:
        if clause.lemma not in self.words["joint_verbs"]:
            return
        for a in actors:
            for b in others:
                rule, pair = f"{clause.rule} + pair:joint", (a.token, b.token)
                yield Draft(a.cluster, COOPERATES, b.cluster, clause.head, rule, triggers=(clause.head,), fillers=pair)
