"""When and where a fact happened: times and places of its clause, of the events in it, and of the sentences before.

Rules: `time:event` and `place:event` (of an event in the fact), `time:before` (of what happens, from the sentence before or
from the one day told so far), `place:sentence` (of the clauses above), `place:opening` (of what happens, the one place of
the first sentence). A time or place of the fact's own clause needs no name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.model import TimeSpan
from kg.syntax import (
    Sentences,
    adposition,
    ancestors,
    auxiliaries,
    base,
    children,
    clause_head,
    finite,
    is_nominal,
    morph,
    subtree_span,
)
from kg.trees import Token

Setting = tuple[TimeSpan | None, Cluster | None]
NOWHERE: Setting = (None, None)
COMPLEMENTS = frozenset({"ccomp", "xcomp", "csubj", "advcl", "parataxis"})  # what somebody says happens elsewhere
OWN_CLAUSE = frozenset({"acl", "advcl", "ccomp", "xcomp", "csubj", "parataxis"})


@dataclass
class Settings:
    """Finds the times and places of the facts of one text.

    Attributes:
        links: the entities of the text.
        times: its time expressions, in text order.
        drafts: all its facts; those that tell of an event give it their time and place.
        published: day of publication.
    """

    links: Links
    times: tuple[TimeSpan, ...]
    drafts: list[Draft]
    published: date
    _tokens: dict[int, frozenset[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.doc = self.links.doc
        self.words = self.links.lexicon.grammar["settings"]

    def of(self, draft: Draft, anchor: Token, status: str) -> tuple[TimeSpan | None, Cluster | None, list[str]]:
        """Time and place of a fact, and the rules that told them."""
        verb = anchor if self._stands_apart(anchor) else clause_head(anchor)
        shared = next((s for c in (draft.object, draft.subject) if (s := self._shared(draft, c)) != NOWHERE), NOWHERE)
        goes_on = status == "asserted" and draft.relation in self.words["continued"] and not is_nominal(anchor)
        rules: list[str] = []
        time, place = self._time(draft, anchor, verb, status), self._place(draft, anchor, verb)
        if time is None and shared[0] is not None:
            time, rules = shared[0], ["time:event"]
        if time is None and goes_on and (time := self._before(anchor)) is not None:
            rules = ["time:before"]
        if draft.relation not in self.words["placed"]:
            return time, None, rules
        opening = self._opening_place(time) if goes_on else None
        for rule, found in (("event", shared[1]), ("sentence", self._wider_place(anchor)), ("opening", opening)):
            if place is None and found is not None and found not in (draft.subject, draft.object):
                place, rules = found, [*rules, f"place:{rule}"]
        return time, place, rules

    # times

    def _time(self, draft: Draft, anchor: Token, verb: Token, status: str) -> TimeSpan | None:
        """The time of the fact's own clause; of a noun or participle first of all in its own phrase."""
        within = [] if anchor == verb else self._within(anchor)
        if within:
            return within[0]
        if base(anchor.dep_) == "amod" or (draft.rule.startswith(("title:", "implied:")) and anchor != verb):
            return None
        times = self._of_clause(verb)
        if not times and base(verb.dep_) == "xcomp":
            times = self._of_clause(clause_head(verb.head))
        past = status == "asserted" and self._is_past(verb)
        return next((t for t in times if not past or t.begin <= self.published), None)

    def _is_past(self, verb: Token) -> bool:
        """Whether a predicate stands in preterite or perfect."""
        perfect, told = self.links.lexicon.cue("auxiliaries", "perfect"), finite(verb)
        done = morph(verb, "VerbForm") == "Part" and any(a.lemma_ in perfect for a in auxiliaries(verb))
        return done or (told is not None and morph(told, "Tense") == "Past")

    def _of_clause(self, verb: Token) -> list[TimeSpan]:
        """The times of a predicate's clause: those beside it before those in its phrases, exact ones first."""
        known = [(time, self._around(time, verb)) for time in self._by_clause.get(verb.i, [])]
        told = [(time, len(around)) for time, around in known if self._counts(time, around)]
        rank = {"day": 0, "range": 1, "month": 2, "year": 3, "years": 4}
        return [t for t, _ in sorted(told, key=lambda found: (found[1], rank[found[0].precision], found[0].start))]

    def _around(self, time: TimeSpan, verb: Token) -> list[Token]:
        """The heads of the phrases of the clause in which a time stands; none if it stands right beside the predicate."""
        above = [t for t in ancestors(self._root(time)) if verb in ancestors(t)]
        return [t for t in above if base(t.dep_) not in {"conj", "aux", "cop"}]

    def _counts(self, time: TimeSpan, around: list[Token]) -> bool:
        """Whether a time inside phrases is that of the clause, too; a year ('Wahl 2009') and what was before it are not."""
        outer = any(base(t.dep_) == "amod" or self._is_apart(t) for t in around)
        return not around or (not outer and time.precision in {"day", "range", "month"})

    def _root(self, time: TimeSpan) -> Token:
        """The word of a time expression on which its others hang."""
        tokens = self.tokens(time)
        return next(self.doc[i] for i in sorted(tokens) if self.doc[i].head.i not in tokens or self.doc[i].head == self.doc[i])

    def tokens(self, time: TimeSpan) -> frozenset[int]:
        """The tokens of a time expression."""
        if time.start not in self._tokens:
            span = self.doc.char_span(time.start, time.stop, alignment_mode="expand")
            self._tokens[time.start] = frozenset(range(span.start, span.end)) if span is not None else frozenset()
        return self._tokens[time.start]

    @cached_property
    def _by_clause(self) -> dict[int, list[TimeSpan]]:
        """Predicate -> the times whose words stand in its own clause."""
        found: dict[int, list[TimeSpan]] = {}
        for time in self.times:
            for head in sorted({clause_head(self.doc[i]).i for i in self.tokens(time)}):
                found.setdefault(head, []).append(time)
        return found

    @cached_property
    def _by_token(self) -> dict[int, TimeSpan]:
        return {i: time for time in self.times for i in self.tokens(time)}

    def _within(self, token: Token, clauses: frozenset[str] = OWN_CLAUSE) -> list[TimeSpan]:
        """Times in the token's own phrase, outside the clauses that hang on it."""
        found = (self._by_token.get(i) for i in range(*subtree_span(token, clauses | {"conj"})))
        return list(dict.fromkeys(t for t in found if t is not None))

    def _stands_apart(self, anchor: Token) -> bool:
        """A noun in a phrase that tells of another time than its clause ('nach dem Tod des Präsidenten')."""
        while anchor.pos_ == "NOUN":
            if self._is_apart(anchor):
                return True
            if base(anchor.dep_) != "nmod":
                return False
            anchor = anchor.head
        return False

    def _is_apart(self, token: Token) -> bool:
        grammar, case = self.links.lexicon.grammar, adposition(token)
        return case is not None and grammar["contractions"].get(case.lower_, case.lower_) in grammar["prepositions"]["apart"]

    # events

    @cached_property
    def _events(self) -> Mapping[int, Setting]:
        """Time and place of the events, from the phrases that name them and the clauses that tell of them."""
        found: dict[int, Setting] = {}
        for cluster in self.links.clusters:
            if cluster.kind == "Event":
                time = next((t for h in cluster.heads if (t := self._event_time(self.doc[h])) is not None), None)
                place = next((d.object for d in self.drafts if d.subject is cluster and d.relation == "located_in"), None)
                found[id(cluster)] = (time or self._told_time(cluster), place)
        return found

    def _event_time(self, token: Token) -> TimeSpan | None:
        if within := self._within(token, OWN_CLAUSE - {"acl"}):
            return within[0]
        verb = clause_head(token)
        near = (
            token.head == verb
            and base(token.dep_) in {"nsubj", "obl"}
            and verb.lemma_ not in self.links.lexicon.cue("attribution", "verbs")
        )
        times = self._of_clause(verb) if near else []
        return times[0] if len(times) == 1 else None

    def _told_time(self, event: Cluster) -> TimeSpan | None:
        """The time at which somebody is said to hold or attend it."""
        happening = [d for d in self.drafts if d.relation in self.words["happening_at"] and not d.static]
        heads = (clause_head(self.doc[d.anchor]) for d in happening if event in (d.object, d.subject))
        return next((times[0] for h in heads if (times := self._of_clause(h))), None)

    def _shared(self, draft: Draft, cluster: Cluster | None) -> Setting:
        """What an event gives to a fact that happens at it; words about an event are said at another time."""
        at = draft.relation in self.words["placed"] or draft.relation in self.words["happening_at"]
        return self._events.get(id(cluster), NOWHERE) if cluster is not None and at else NOWHERE

    # context

    def _before(self, anchor: Token) -> TimeSpan | None:
        """The day on which a story goes on: the only time of the sentence before, or the only one told so far."""
        if self._looks_back(anchor):
            return None
        sentences, dated = Sentences.of(self.doc), self._by_sentence
        number = sentences.number(anchor.i)
        if number in dated:
            return None
        for told in (dated.get(number - 1, []), [t for n in sorted(dated) if n < number for t in dated[n]]):
            if told and (told[0].end - told[0].begin).days < 2 and len({t.iso for t in told}) == 1:
                return told[0]
        return None

    @cached_property
    def _by_sentence(self) -> dict[int, list[TimeSpan]]:
        found: dict[int, list[TimeSpan]] = {}
        for time in self.times:
            if tokens := self.tokens(time):
                found.setdefault(Sentences.of(self.doc).number(min(tokens)), []).append(time)
        return found

    def _looks_back(self, anchor: Token) -> bool:
        """Whether the clause tells, in the pluperfect, what was before."""
        verb = clause_head(anchor)
        perfect = self.links.lexicon.cue("auxiliaries", "perfect")
        past = any(a.lemma_ in perfect and morph(a, "Tense") == "Past" for a in auxiliaries(verb))
        return past and morph(verb, "VerbForm") == "Part" and not any(a.dep_ == "aux:pass" for a in auxiliaries(verb))

    # places

    def _place(self, draft: Draft, anchor: Token, verb: Token) -> Cluster | None:
        """The place in the phrases of the predicate, and of groups in the fact ('Demonstranten in Teheran')."""
        groups = [self.doc[i] for i in draft.fillers if (c := self.links.of(i)) is not None and c.kind == "Group"]
        for token in dict.fromkeys((anchor, verb, *groups)):
            for child in children(token, "obl", "nmod"):
                if (found := self._located(child)) is not None and found not in (draft.subject, draft.object):
                    return found
        return None

    def _located(self, token: Token) -> Cluster | None:
        """The place that a phrase says something happens at."""
        grammar, case, found = self.links.lexicon.grammar, adposition(token), self.links.of(token)
        if case is None or found is None or found.kind != "Place" or not (found.proper or found.heads):
            return None
        lemma = grammar["contractions"].get(case.lower_, case.lower_)
        return found if lemma in grammar["prepositions"]["location"] and morph(token, "Case") != "Acc" else None

    def _wider_place(self, anchor: Token) -> Cluster | None:
        """The first place of the clauses above, or in an oblique phrase of one ('bei einem Anschlag in Bagdad')."""
        above = [anchor]
        while base(above[-1].dep_) not in COMPLEMENTS and above[-1].head != above[-1]:
            above.append(above[-1].head)
        heads = above + [c for t in above for c in children(t, "obl") if is_nominal(c)]
        found = (self._located(c) for t in sorted(heads, key=lambda t: t.i) for c in children(t, "obl", "nmod"))
        return next((p for p in found if p is not None), None)

    def _opening_place(self, time: TimeSpan | None) -> Cluster | None:
        """The one place of the first sentence, where the story goes on, for what happened at no other time."""
        if time is not None and time.iso not in {t.iso for t in self._by_sentence.get(0, [])}:
            return None
        first = self.doc[slice(*Sentences.of(self.doc).span(0))]
        says = self.links.lexicon.cue("attribution", "verbs")
        told = [t for t in first if base(t.dep_) == "obl" and t.head.lemma_ not in says]
        found = [p for t in told if (p := self._located(t)) is not None]
        return found[0] if len({id(p) for p in found}) == 1 else None
