"""Actors that a noun of doing borrows from its surroundings: 'bei einem Besuch in Kairo sagte X' (X visits Cairo).

Rules: `lent:setting` (the actor of the clause for which the noun is the setting), `lent:violence` (of a deed of violence in the
setting of another one), `lent:blamed` (whom the text holds responsible for it: 'bekannte sich zu dem Anschlag auf Y'),
`lent:among` ('unter den Teilnehmern war X'), `lent:as` ('als Redner nahm X teil'), `lent:beside` ('neben X kam auch Y'),
`lent:resolved` ('die Entscheidung von X, Soldaten zu entsenden'), `lent:speaks` (who speaks at an event attends it),
`lent:present` ('im Beisein von X').
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from kg.clauses import Clause, prep_lemma
from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.frames import ACTORS, Matcher
from kg.lexicon import Lexicon, stem
from kg.status import starts_any
from kg.syntax import adposition, antecedent, auxiliaries, base, children, conjuncts, is_nominal, predicate_lemma
from kg.trees import Token

ATTACKS, ATTENDS, KILLS, MEETS = "attacks", "attends", "kills", "meets"
INFINITIVES = frozenset({"acl", "ccomp", "xcomp"})
OWN_ACTOR = ("gen", "subj")


@dataclass
class Lent:
    """Reads the nouns of doing of one article that tell no actor of their own."""

    matcher: Matcher

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon
        self.words = self.lexicon.grammar["lent"]
        self.genitive = self.lexicon.grammar["prepositions"]["genitive"]

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> list[Draft]:
        """All that they tell; what was known of such a noun without its actor is taken out of `known`."""
        by_head = {c.head: c for c in clauses}
        found: list[Draft] = []
        for clause in by_head.values():
            if clause.nominal:
                ways = (self._blamed, self._among, self._as, self._setting, self._violence)
                new = next((n for way in ways if (n := list(way(clause, by_head, known)))), [])
                told = {(d.relation, d.anchor) for d in new}
                known[:] = [d for d in known if (d.relation, d.anchor) not in told or not self._is_vague(d)]
                found += new
            else:
                found += [*self._beside(clause), *self._speaks(clause, known)]
                found += [*self._resolved(clause, by_head), *self._present(clause)]
        known[:] = [d for d in known if not self._is_no_meeting(d)]
        return [d for d in found if not self._is_no_meeting(d)]

    def _is_no_meeting(self, draft: Draft) -> bool:
        """Nobody attends or hosts an attack, an accident or a visit."""
        if draft.relation not in self.words["meeting_relations"] or draft.object is None or not draft.fillers:
            return False
        noun = self.doc[draft.fillers[-1]]
        return draft.object.kind == "Event" and event_class(noun, self.lexicon) in self.words["no_meetings"]

    def _is_vague(self, draft: Draft) -> bool:
        """Without an actor, or with the noun itself as its own ('die Teilnehmer' attend)."""
        return draft.subject is None or draft.subject is self.links.of(draft.anchor)

    def _with(self, clause: Clause, tokens: list[int], rule: str, relations: Iterable[str]) -> Iterator[Draft]:
        """The facts of the clause with the tokens as its actors."""
        by = self.lexicon.grammar["prepositions"]["agent"][-1]
        lent = replace(clause, args=clause.args | {"subj": tokens, by: tokens}, rule=f"{clause.rule} + {rule}")
        owners = {id(self.links.of(i)) for i in tokens}
        for draft in self.matcher.drafts(lent):
            if draft.relation in relations and draft.subject is not None and id(draft.subject) in owners:
                yield draft

    def _case(self, token: Token) -> str:
        case = adposition(token)
        return prep_lemma(case, self.lexicon) if case is not None else ""

    def _has_actor(self, clause: Clause) -> bool:
        """Whether the noun tells its actor; a possessive that stands for nobody yet does not ('bei seinem Besuch lobte X')."""
        own = (i for role in (*OWN_ACTOR, *self.words["own_actor"]) for i in clause.args.get(role, []))
        return any(self.doc[i].dep_ != "det:poss" or self.links.of(i) is not None for i in own)

    # -- the actor of the clause around

    def _setting(self, clause: Clause, by_head: dict[int, Clause], known: list[Draft]) -> Iterator[Draft]:
        noun = self.doc[clause.head]
        around = by_head.get(noun.head.i)
        own = any(c.dep_ == "det:poss" for c in noun.children)
        settings = self.words["setting_prepositions"] + (self.words["own_setting_prepositions"] if own else [])
        if around is None or around.nominal or base(noun.dep_) != "obl" or self._case(noun) not in settings:
            return
        if not self._has_actor(clause):
            actors = around.args.get("obj" if around.passive else "subj", [])
            told = self._with(clause, [i for i in actors if i != noun.i], "lent:setting", self.words["setting_relations"])
            yield from (d for d in told if d.relation != MEETS or d.object is None or d.object.kind != "Organization")

    def _violence(self, clause: Clause, by_head: dict[int, Clause], known: list[Draft]) -> Iterator[Draft]:
        """'töteten bei einem Überfall auf einen Konvoi': who kills in an attack attacks."""
        noun = self.doc[clause.head]
        if base(noun.dep_) != "obl" or self._case(noun) not in self.words["violent_prepositions"] or self._has_actor(clause):
            return
        for draft in known:
            actor = draft.subject if draft.anchor == noun.head.i and draft.relation in (KILLS, ATTACKS) else None
            if actor is not None and actor.kind in ACTORS and draft.fillers:
                yield from self._with(clause, [draft.fillers[0]], "lent:violence", (ATTACKS,))
                return

    # -- those who are held responsible

    def _blamed(self, clause: Clause, by_head: dict[int, Clause], known: list[Draft]) -> Iterator[Draft]:
        noun = self.doc[clause.head]
        told = self._blame(noun, by_head)
        if told is None or self._has_actor(replace(clause, args={k: v for k, v in clause.args.items() if k != "subj"})):
            return
        tokens, status = told
        for draft in self._with(clause, tokens, "lent:blamed", self.words["violent_relations"]):
            draft.forced = status
            yield draft
        yield from self._of_event(noun, tokens, status, known)

    def _of_event(self, noun: Token, tokens: list[int], status: str, known: list[Draft]) -> Iterator[Draft]:
        """What the event did by another mention of it, the one responsible did."""
        event = self.links.of(noun)
        actors = [(c, i) for i in tokens if (c := self.links.of(i)) is not None and c.kind in ACTORS and self.matcher.acts(c, i)]
        if event is None or event.kind != "Event":
            return
        for draft in known:
            killed = draft.relation == KILLS and draft.subject is event
            attacked = draft.relation == ATTACKS and draft.subject is None and self.links.of(draft.anchor) is event
            if (killed or attacked) and draft.object is not None and draft.fillers and draft.anchor != noun.i:
                for actor, i in actors:
                    pair = (i, draft.fillers[-1])
                    rule = "lent:blamed"
                    yield Draft(
                        actor, draft.relation, draft.object, noun.i, rule, triggers=(noun.i,), forced=status, fillers=pair
                    )

    def _blame(self, noun: Token, by_head: dict[int, Clause]) -> tuple[list[int], str] | None:
        """Who is made responsible for the deed, and how certainly."""
        places = [
            (noun, noun.head),
            *((p, verb) for verb in children(noun, "acl:relcl") for p in verb.children if antecedent(p) == noun),
        ]
        return next((told for phrase, head in places if (told := self._blame_by(noun, phrase, head, by_head)) is not None), None)

    def _blame_by(self, noun: Token, phrase: Token, head: Token, by_head: dict[int, Clause]) -> tuple[list[int], str] | None:
        """The same by one predicate, of which the phrase stands for the deed."""
        case, over = self._case(phrase) or "obj", ""
        if is_nominal(head) and head.lemma_ in self.words["responsibility"]:
            over, head = head.lemma_ + " ", head.head
        clause = by_head.get(head.i)
        if clause is None or clause.nominal:
            clause = self._predicative(head, by_head)
        names = self._predicates(head)
        told = next((t for n in names if (t := self.words["blame"].get(f"{case} {over}{n}"))), None)
        if clause is None or told is None:
            return None
        role, status = str(told).split()
        found = [i for r in role.split("|") for i in clause.args.get(r, []) if i != noun.i]
        certain = not any(starts_any(c.text, self.lexicon.cue("possibility", "adjectives")) for c in noun.children)
        return (found, status if certain else "possible") if found else None

    def _predicates(self, head: Token) -> list[str]:
        """The names of a predicate: with an adjective of its own, with its copula, alone."""
        lemma = predicate_lemma(head)
        beside = [
            f"{c.lower_} {lemma}" for c in head.children if c.pos_ in {"ADJ", "ADV"} and base(c.dep_) in {"xcomp", "advmod"}
        ]
        return [*beside, *(f"{head.lower_} {a.lemma_}" for a in auxiliaries(head) if a.dep_ == "cop"), lemma]

    def _predicative(self, head: Token, by_head: dict[int, Clause]) -> Clause | None:
        """The clause of an adjective with its copula, which no frame needs to know."""
        if head.pos_ not in {"ADJ", "VERB"} or not any(a.dep_ == "cop" for a in auxiliaries(head)):
            return None
        subjects = [m.i for c in children(head, "nsubj") for m in conjuncts(c)]
        return Clause(head.i, head.lower_, False, "clause:copular", {"subj": subjects}) if subjects else None

    # -- members of those who do it

    def _among(self, clause: Clause, by_head: dict[int, Clause], known: list[Draft]) -> Iterator[Draft]:
        members = self.among(self.doc[clause.head], by_head)
        yield from self._members(clause, members, "lent:among")

    def among(self, noun: Token, by_head: dict[int, Clause]) -> list[int]:
        """Who is told to be among those whom the noun names: 'unter den Gästen war X'."""
        if self._case(noun) not in self.words["among"]:
            return []
        head = noun.head
        if is_nominal(head):
            if not any(c.dep_ == "cop" for c in head.children):
                return []
            return [m.i for c in children(head, "nsubj") or [head] for m in conjuncts(c) if m != noun]
        around = by_head.get(head.i)
        if around is None or predicate_lemma(head) not in self.words["among_verbs"]:
            return []
        return [i for i in around.args.get("subj", []) if i != noun.i]

    def _as(self, clause: Clause, by_head: dict[int, Clause], known: list[Draft]) -> Iterator[Draft]:
        noun = self.doc[clause.head]
        around = by_head.get(noun.head.i)
        role = self.lexicon.grammar["prepositions"]["role"]
        if around is None or around.nominal or self._case(noun) != role or not (around.passive or not around.args.get("obj")):
            return
        members = around.args.get("obj" if around.passive else "subj", [])
        yield from self._members(clause, [i for i in members if i != noun.i], "lent:as")

    def _members(self, clause: Clause, members: list[int], rule: str) -> Iterator[Draft]:
        """What the members do: attend the event that the noun tells, or the one told last."""
        found = list(self._with(clause, members, rule, self.words["member_relations"])) if members else []
        noun = self.doc[clause.head]
        if found or not members or not any(self.matcher._is_noun(noun, m) for m in self.words["members"]):
            yield from found
            return
        event = last_event(self.links, noun.i, self.words["member_events"])
        for i in members:
            who = self.links.of(i)
            if (
                event is not None
                and who is not None
                and who.kind in ACTORS
                and self.matcher.acts(who, i)
                and not children(noun, "nmod")
            ):
                pair = (i, event.heads[0])
                yield Draft(who, ATTENDS, event, noun.i, f"{clause.rule} + {rule}", triggers=(noun.i,), fillers=pair)

    # -- those beside the subject

    def _beside(self, clause: Clause) -> Iterator[Draft]:
        """'Neben X nahm auch Y teil': X did so, too."""
        verb = self.doc[clause.head]
        role = "obj" if clause.passive else "subj"
        also = any(
            c.lower_ in self.words["also"]
            for t in (verb, *map(self.doc.__getitem__, clause.args.get(role, [])))
            for c in t.children
        )
        phrases = [c for c in children(verb, "obl") if self._case(c) in self.words["beside"]]
        if also and phrases and clause.args.get(role):
            tokens = [m.i for p in phrases for m in conjuncts(p)]
            lent = replace(clause, args=clause.args | {role: tokens}, rule=f"{clause.rule} + lent:beside")
            owners = {id(self.links.of(i)) for i in tokens}
            yield from (d for d in self.matcher.drafts(lent) if owners & {id(d.subject), id(d.object)})

    # -- whose decision it is

    def _resolved(self, clause: Clause, by_head: dict[int, Clause]) -> Iterator[Draft]:
        """'die Entscheidung der Regierung, Soldaten zu entsenden': what they resolve to do is theirs to do."""
        verb = self.doc[clause.head]
        noun = verb.head
        if (
            clause.passive
            or clause.args.get("subj")
            or base(verb.dep_) not in INFINITIVES
            or noun.lemma_ not in self.words["resolutions"]
        ):
            return
        whose = [m.i for c in children(noun, "nmod", "det:poss") if self._case(c) in ("", *self.genitive) for m in conjuncts(c)]
        around = by_head.get(noun.head.i)
        if not whose and around is not None and not around.nominal and noun.i in around.args.get("obj", []):
            whose = around.args.get("subj", [])
        if whose:
            lent = replace(clause, args=clause.args | {"subj": whose}, rule=f"{clause.rule} + lent:resolved")
            owners = {id(self.links.of(i)) for i in whose}
            yield from (d for d in self.matcher.drafts(lent) if id(d.subject) in owners)

    # -- those who speak there

    def _speaks(self, clause: Clause, known: list[Draft]) -> Iterator[Draft]:
        """'Auf dem Parteitag kritisierte X ...', 'zum Auftakt der Konferenz sagte X ...': X attends it."""
        frames = self.lexicon.verb_frames.get(clause.lemma, ())
        says = clause.lemma in self.lexicon.cue("attribution", "verbs") or any(
            f.relation in self.words["speaking"] for f in frames
        )
        verb = self.doc[clause.head]
        if clause.passive or any(d.anchor == verb.i and d.relation == ATTENDS for d in known):
            return
        objects = [i for role in ("obj", "comp") for i in clause.args.get(role, [])]
        phrases = [p for p in children(verb, "obl") if says and (not objects or p.i < min(objects))]
        near = (p for t in (verb, *children(verb, "obj")) for p in children(t, "obl", "nmod"))
        phrases += [p for p in near if p.lemma_ in self.words["margins"]]
        event = next((e for p in phrases if (e := self._scene(p)) is not None), None)
        for i in clause.args.get("subj", []) if event is not None else ():
            who = self.links.of(i)
            if event is not None and who is not None and who.kind == "Person" and self.matcher.acts(who, i):
                rule = f"{clause.rule} + lent:speaks"
                cluster = self.links.of(event)
                yield Draft(who, ATTENDS, cluster, verb.i, rule, triggers=(verb.i,), fillers=(i, event.i))

    @cached_property
    def _tells_presence(self) -> bool:
        return any(t.lemma_ in self.words["presence"] for t in self.doc)

    def _present(self, clause: Clause) -> Iterator[Draft]:
        """'Im Beisein von X wurde die Brücke eröffnet': X attends the event of the clause, or of which the phrase is told."""
        if not self._tells_presence:
            return
        verb = self.doc[clause.head]
        arguments = [self.doc[i] for found in clause.args.values() for i in found]
        for phrase in {t.i: t for n in (verb, *arguments) for t in children(n, "obl", "nmod")}.values():
            if phrase.lemma_ not in self.words["presence"] or self._case(phrase) not in self.words["presence_prepositions"]:
                continue
            nearest = [phrase.head, *arguments] if is_nominal(phrase.head) else arguments
            events = ((t, c) for t in nearest if (c := self.links.of(t)) is not None and c.kind == "Event")
            scene = next((e for e in events if event_class(e[0], self.lexicon) not in self.words["no_meetings"]), None)
            whose = [m for c in children(phrase, "nmod") if self._case(c) in ("", *self.genitive) for m in conjuncts(c)]
            for token in whose if scene is not None else ():
                who = self.links.of(token)
                if scene is not None and who is not None and who.kind in ACTORS and self.matcher.acts(who, token.i):
                    rule = f"{clause.rule} + lent:present"
                    yield Draft(who, ATTENDS, scene[1], phrase.i, rule, triggers=(phrase.i,), fillers=(token.i, scene[0].i))

    def _scene(self, phrase: Token) -> Token | None:
        """The event of the phrase, or of which it names a phase."""
        if phrase.lemma_ in (*self.words["phases"], *self.words["margins"]):
            noun = next((c for c in children(phrase, "nmod") if self._case(c) in ("", *self.genitive)), None)
            wanted = noun is not None and event_class(noun, self.lexicon) not in self.words["no_meetings"]
        else:
            noun = phrase if self._case(phrase) in self.words["spoken_at"] else None
            wanted = noun is not None and event_class(noun, self.lexicon) in self.words["spoken_events"]
        event = self.links.of(noun) if noun is not None else None
        return noun if wanted and event is not None and event.kind == "Event" else None


def event_class(token: Token, lexicon: Lexicon) -> str | None:
    """The class of an event noun, by its last part."""
    last = token.lemma_.rpartition("-")[2].lower()
    table = lexicon.event_classes
    return next((k for i in range(len(last) - 3) if (k := table.get(stem(last[i:]))) is not None), None)


def last_event(links: Links, index: int, classes: Collection[str]) -> Cluster | None:
    """The event of one of the classes that was named last before the token."""
    for token in reversed(links.doc[:index]):
        event = links.of(token) if is_nominal(token) else None
        if event is not None and event.kind == "Event" and event.heads and event_class(token, links.lexicon) in classes:
            return event
    return None
