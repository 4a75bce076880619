"""Which relation: clauses meet frames. A frame fires when all its slots find fillers of the right kinds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from kg import vocab
from kg.clauses import Clause, prep_lemma
from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.lexicon import Frame, Lexicon, Slot
from kg.modifiers import actor_of_adjective, actor_of_phrase, compound_prefix
from kg.status import is_negated
from kg.syntax import adposition, antecedent, base, children, clause_head, conjuncts, is_nominal, morph, subtree_span, trim
from kg.titles import is_feminine, office_name, office_of_post
from kg.trees import Token

ACTORS = frozenset({"Person", "Organization", "Place", "Group"})
THINGS = frozenset({"Event", "Document", "Topic"})
MAX_TOPIC_WORDS = 14
QUOTES = " ,;:.„“”\"»«'"


@dataclass(frozen=True, slots=True)
class Filler:
    """What fills a slot: an entity and the token that names it."""

    cluster: Cluster
    token: int


NOBODY: tuple[Filler | None, ...] = (None,)
OF_ITSELF = frozenset({"self", "subj"})  # subject slots of nouns that name the actor


@dataclass
class Matcher:
    """Matches the clauses of one article with the frames of the lexicon."""

    links: Links

    @property
    def lexicon(self) -> Lexicon:
        """The lexicon in use."""
        return self.links.lexicon

    def drafts(self, clause: Clause) -> Iterator[Draft]:
        """The facts that the clause states: for each relation the first frame whose slots are filled."""
        table = self.lexicon.noun_frames if clause.nominal else self.lexicon.verb_frames
        done: set[str] = set()
        bound: frozenset[int] = frozenset()
        construction: Frame | None = None
        for frame in table.get(clause.lemma, ()):
            if construction is not None and (frame.noun != construction.noun or frame.prep != construction.prep):
                continue
            if frame.relation not in done and (used := self._applies(frame, clause)) is not None:
                found = list(self._fill(frame, clause, used))
                if frame.noun is not None and not frame.prep and not clause.nominal:
                    bound |= used
                elif frame.noun is None and bound & {i for d in found for i in d.fillers[-1:]}:
                    found = []  # 'reichte Klage ein' proposes nothing, whomever the suit is against
                found = found or ([] if done else list(self._object_first(frame, clause, used)))
                if found:
                    done.add(frame.relation)
                    yield from found
                    if frame.negated:
                        return
                    construction = frame if frame.noun is not None else construction

    def why_not(self, clause: Clause) -> Iterator[tuple[Frame, str]]:
        """For each frame of the clause's lemma that did not fire, the first reason."""
        table = self.lexicon.noun_frames if clause.nominal else self.lexicon.verb_frames
        for frame in table.get(clause.lemma, ()):
            used = self._applies(frame, clause)
            if used is None:
                yield frame, "its noun, reflexive or negation is not there"
            elif not list(self._fill(frame, clause, used)):
                missing = [
                    n for n in ("subject", "object") if not self._slot(clause, getattr(frame, n), self._default(frame, n), used)
                ]
                yield frame, f"no filler for its {' and '.join(missing) or 'slots'}"

    def _applies(self, frame: Frame, clause: Clause) -> frozenset[int] | None:
        """Tokens that the frame's own noun part takes; None if the frame cannot apply."""
        if not clause.nominal and frame.reflexive != clause.reflexive:
            return None
        if frame.negated and not is_negated(self.links.doc[clause.head], self.lexicon):
            return None
        if frame.noun is None:
            return frozenset()
        pool = self._phrases(clause, frame.prep) if frame.prep else clause.args.get("obj", []) + clause.args.get("subj", [])
        pool = pool if frame.prep or pool[1:] else pool + clause.args.get("dat", [])  # 'folgte einer Einladung'
        hits = [i for i in pool if self._is_noun(self.links.doc[i], frame.noun)]
        return frozenset(hits) if hits else None

    def _phrases(self, clause: Clause, prep: str) -> list[int]:
        """Phrases with the preposition anywhere under the verb: the tree often hangs an idiom's phrase on the noun before it."""
        verb = self.links.doc[clause.head]
        return [
            antecedent(t).i
            for t in verb.subtree
            if any(c.dep_ in {"case", "cc"} and prep_lemma(c, self.lexicon) == prep for c in t.children)
            and clause_head(t) == verb
        ]

    def _is_noun(self, token: Token, noun: str) -> bool:
        low, lemma = noun.lower(), token.lemma_.lower()
        return low in {lemma, token.lower_} or (lemma.endswith(low) and len(low) > 4)

    def _default(self, frame: Frame, name: str) -> frozenset[str]:
        relation = vocab.relations()[frame.relation]
        return frozenset(relation.domain if name == "subject" else relation.range)

    def _fill(self, frame: Frame, clause: Clause, used: frozenset[int]) -> Iterator[Draft]:
        if frame.object[0].role != "-" and frame.object == frame.subject:
            yield from self._pairs(frame, clause, used)
            return
        objects = self._slot(clause, frame.object, self._default(frame, "object"), used)
        if not objects and clause.nominal and {s.role for s in frame.subject} <= OF_ITSELF:
            objects = self._compound_object(frame, clause)
        taken = used | {f.token for f in objects}
        subjects = self._slot(clause, frame.subject, self._default(frame, "subject"), taken, actor=True)
        other = any(s.kinds == frozenset({"Office"}) and clause.args.get(s.role) for s in frame.object)  # no office was given up
        if not objects and subjects and frame.relation in self.lexicon.grammar["frames"]["own_office"] and not other:
            owned = [(s, s.cluster.office or self._office(self.links.doc[s.token])) for s in subjects]
            yield from (self._draft(frame, clause, used, s, Filler(o, s.token), []) for s, o in owned if o is not None)
            return
        if not objects and not all(s.role == "-" for s in frame.object):
            return
        contents = (
            self._slot(clause, frame.content, ACTORS | THINGS, taken) if frame.content and frame.content[0].role != "-" else []
        )
        if not subjects and (subjects := self._unnamed(frame, clause, taken)):
            clause = replace(clause, rule=f"{clause.rule} + actor:unnamed")
        if not subjects:
            objects = self._known(frame, clause, objects)
        if not subjects and not objects:
            return
        for subject in subjects or NOBODY:
            for obj in objects or NOBODY:
                if subject is None or obj is None or subject.cluster is not obj.cluster:
                    yield self._draft(frame, clause, used, subject, obj, contents)

    def _compound_object(self, frame: Frame, clause: Clause) -> list[Filler]:
        """What the first part of a compound tells of whom the noun itself names ('der Kremlkritiker', 'die Brexit-Gegnerin')."""
        token = self.links.doc[clause.head]
        first = token.text[: max(0, token.text.lower().find(clause.lemma.lower()))]
        prefix = compound_prefix(token.text) or first if any(s.role == "gen" for s in frame.object) else ""
        if not prefix:
            return []
        named = actor_of_phrase(self.links, prefix) or actor_of_phrase(self.links, prefix.removesuffix("s"))
        if named is None and "-" in token.text and "Topic" in self._default(frame, "object"):
            named = self.links.named("Topic", prefix)
        return [Filler(named, clause.head)] if named is not None else []

    def _unnamed(self, frame: Frame, clause: Clause, taken: frozenset[int]) -> list[Filler]:
        """'Ein Extremist erschoss ...': of deeds of violence the one described is the actor, named or not."""
        told = frame.relation in self.lexicon.grammar["frames"]["unnamed_subject"] and not clause.nominal
        person = any(s.role == "subj" and (not s.kinds or "Person" in s.kinds) for s in frame.subject)
        pool = clause.args.get("subj", []) if told and person else []
        found = [Filler(c, i) for i in pool if i not in taken and (c := self.links.of(i)) is not None]
        return [f for f in found if f.cluster.kind == "Person"]

    def _object_first(self, frame: Frame, clause: Clause, used: frozenset[int]) -> Iterator[Draft]:
        """'Eine Zusammenarbeit schloss die Ministerin aus': a thing in front is the object if case does not tell."""
        subjects, objects = clause.args.get("subj", []), clause.args.get("obj", [])
        objects = objects or [i for i in clause.args.get("dat", []) if morph(self.links.doc[i], "Case") == "Nom"]
        if clause.nominal or clause.passive or len(subjects) != 1 or len(objects) != 1 or subjects[0] > clause.head:
            return
        first, second = self.links.of(subjects[0]), self.links.of(objects[0])
        if first is None or second is None or first.kind not in THINGS or second.kind not in ACTORS:
            return
        if self._is_plainly_accusative(self.links.doc[objects[0]]):
            return
        rule = clause.rule.replace("clause:active", "clause:object-first")
        yield from self._fill(frame, replace(clause, rule=rule, args=clause.args | {"subj": objects, "obj": subjects}), used)

    def _is_plainly_accusative(self, token: Token) -> bool:
        """A masculine singular with a determiner: its accusative looks like no nominative ('einen Verletzten')."""
        told = any(c.pos_ == "DET" and morph(c, "Case") == "Acc" for c in token.children)
        return told and (morph(token, "Gender"), morph(token, "Number")) == ("Masc", "Sing")

    def _pairs(self, frame: Frame, clause: Clause, used: frozenset[int]) -> Iterator[Draft]:
        """Reciprocal frames ('X und Y treffen sich', 'Treffen zwischen X und Y'): every pair of the coordination."""
        members = self._slot(clause, frame.subject, self._default(frame, "subject"), used, actor=True)
        for i, first in enumerate(members):
            for second in members[i + 1 :]:
                if first.cluster is not second.cluster:
                    yield self._draft(frame, clause, used, first, second, [])

    def _draft(
        self,
        frame: Frame,
        clause: Clause,
        used: frozenset[int],
        subject: Filler | None,
        obj: Filler | None,
        contents: list[Filler],
    ) -> Draft:
        content = next((c.cluster for c in contents if obj is None or c.cluster is not obj.cluster), None)
        forced = frame.status or ("asserted" if frame.negated else None)
        pair = (subject.cluster if subject else None, obj.cluster if obj else None)
        if frame.relation == "dies" and pair[0] is None:
            pair = (pair[1], None)
        rule = f"{clause.rule} + frame:{frame.name}"
        if content is None and (told := self._told_of(frame, subject, obj)) is not None:
            content, obj, pair = pair[1], told, (pair[0], told.cluster)
            rule += " + clause:told-of"
        triggers, fillers = (clause.head, *sorted(used)), tuple(f.token for f in (subject, obj) if f is not None)
        return Draft(
            pair[0], frame.relation, pair[1], clause.head, rule, content, triggers=triggers, forced=forced, fillers=fillers
        )

    def _told_of(self, frame: Frame, subject: Filler | None, obj: Filler | None) -> Filler | None:
        """'kritisierte, dass die Regierung ...': the actor of the clause is the one concerned, the clause the content."""
        if obj is None or subject is None or frame.relation not in self.lexicon.grammar["frames"]["concerns_actor"]:
            return None
        verb = self.links.doc[obj.token]
        if is_nominal(verb) or obj.cluster.kind != "Topic":
            return None
        wanted = ACTORS | {"Document", "Event"}
        named = [f for c in verb.children if c.dep_ == "nsubj" and (f := self._filler(c.i, wanted, True)) is not None]
        return next((f for f in named if f.cluster is not subject.cluster), None)

    def _known(self, frame: Frame, clause: Clause, objects: list[Filler]) -> list[Filler]:
        """The actor may stay untold only if the one concerned is named: those who are."""
        untold = clause.passive or clause.nominal or (bool(frame.subject) and frame.subject[0].role == "-")
        if not untold or frame.relation not in self._unknown:
            return []
        attribute = clause.nominal or "clause:participle" in clause.rule
        if attribute and frame.relation in self.lexicon.grammar["frames"]["unknown_only_of_verbs"]:
            return []
        return [o for o in objects if (o.cluster.proper or self._of_name(o)) and o.cluster.kind in ACTORS]

    def _of_name(self, filler: Filler) -> bool:
        """A definite group told apart by a name ('die Mitglieder der Sauerland-Gruppe')."""
        mention = self.links.mentions.by_head.get(filler.token)
        if filler.cluster.kind != "Group" or mention is None or mention.determiner != "def":
            return False
        owners = (self.links.of(c) for c in children(self.links.doc[filler.token], "nmod"))
        return any(c is not None and c.proper for c in owners)

    @property
    def _unknown(self) -> frozenset[str]:
        return frozenset(self.lexicon.grammar["frames"]["unknown_subject"])

    def _slot(
        self, clause: Clause, slots: Iterable[Slot], default: frozenset[str], used: frozenset[int], actor: bool = False
    ) -> list[Filler]:
        for slot in slots:
            if found := self._fillers(clause, slot, default, used, actor):
                return found
        return []

    def _fillers(self, clause: Clause, slot: Slot, default: frozenset[str], used: frozenset[int], actor: bool) -> list[Filler]:
        if slot.role == "self":
            if not clause.nominal:
                return [f for i in sorted(used) if (f := self._filler(i, slot.kinds or default, actor))]
            own = self.links.of(clause.head)
            fits = own is not None and (not slot.kinds or (own.kind in slot.kinds and (not actor or self.acts(own, clause.head))))
            return [Filler(own, clause.head)] if own is not None and fits else []
        if used and not clause.nominal and slot.role not in {"subj", "obj", "dat"} and slot.role not in clause.args:
            inner = [m.i for n in sorted(used) for m in self._inner(self.links.doc[n], slot.role)]
            if found := [f for i in inner if i not in used and (f := self._filler(i, slot.kinds or default, actor))]:
                return found
            if slot.role == "gen" and actor:
                return []  # whose the noun part is: no genitive elsewhere tells
        if slot.role == "comp":
            return [f for i in clause.args.get("comp", [])[:1] if i not in used and (f := self._clause_topic(i))]
        wanted = slot.kinds or (default | THINGS if default & THINGS and not actor else default)
        for tokens in self._pools(clause, slot.role, actor):
            found = [f for i in tokens if i not in used and (f := self._filler(i, wanted, actor))]
            if found:
                return found
        return self._attributes(clause, wanted) if clause.nominal and actor and slot.role == "gen" else []

    def _inner(self, noun: Token, role: str) -> Iterator[Token]:
        """The attributes of a construction's own noun part ('den Vorsitz [der Fraktion]')."""
        for child in noun.children:
            case = adposition(child)
            told = prep_lemma(case, self.lexicon) if case is not None else "gen"
            if base(child.dep_) in {"nmod", "det"} and (child.dep_ != "det") and told == role:
                yield from conjuncts(child)

    def _attributes(self, clause: Clause, wanted: frozenset[str]) -> list[Filler]:
        """The actor that an adjective or the first part of a compound names ('russischer Angriff', 'EU-Sanktionen')."""
        token = self.links.doc[clause.head]
        found = [(actor_of_adjective(self.links, c), c.i) for c in token.children if c.dep_ == "amod"]
        if prefix := compound_prefix(token.text):
            found.append((actor_of_phrase(self.links, prefix), token.i))
        return [Filler(cluster, i) for cluster, i in found if cluster is not None and cluster.kind in wanted][:1]

    def _pools(self, clause: Clause, role: str, actor: bool) -> Iterator[list[int]]:
        """Where a role is looked for: its own argument, a case the tagger may have mistaken, phrases on the arguments."""
        yield clause.args.get(role, [])
        doc = self.links.doc
        if role == "dat":
            yield [i for i in clause.args.get("obj", []) if morph(doc[i], "Case") == "Dat"]
        elif role == "obj":
            yield [i for i in clause.args.get("dat", []) if morph(doc[i], "Case") != "Dat"]
            if not clause.args.get("obj") and not clause.args.get("comp") and not self._takes_dative(clause):
                # 'tötete den Terroristen': the accusative of such nouns looks like a dative
                yield [i for i in clause.args.get("dat", []) if (c := self.links.of(i)) is not None and c.kind == "Person"]
        elif role == "gen" and clause.nominal and actor:
            yield clause.args.get("subj", [])
        if role not in self.lexicon.grammar["prepositions"]["location"]:
            yield clause.near.get(role, [])
        elif not clause.nominal and clause.lemma in self.lexicon.grammar["frames"]["arriving"]:
            yield self._phrases(clause, role)

    def _takes_dative(self, clause: Clause) -> bool:
        frames = self.lexicon.verb_frames.get(clause.lemma, ())
        return any(s.role == "dat" for f in frames for s in (*f.subject, *f.object, *(f.content or ())))

    def _filler(self, index: int, wanted: frozenset[str], actor: bool) -> Filler | None:
        token = self.links.doc[index]
        if not is_nominal(token) and self.links.of(index) is None:
            topic = self._clause_topic(index)
            return topic if topic is not None and "Topic" in wanted else None
        cluster = self.links.of(index)
        if "Place" in wanted and token.lemma_ in self.lexicon.grammar["descriptions"]["surroundings"]:
            inside = (self.links.of(c) for c in children(token, "nmod"))
            return next((Filler(c, index) for c in inside if c is not None and c.kind == "Place"), None)
        if token.lemma_ in self.lexicon.grammar["descriptions"]["manners"] and (manner := self._manner(token)) is not None:
            return self._filler(manner.i, wanted, actor) if manner != token else None
        if "Office" in wanted and (office := self._office(token)) is not None:
            return Filler(office, index)
        if token.pos_ == "NUM" and (cluster is None or cluster.kind not in wanted):  # 'zwei der Geiseln'
            whole = next((c for c in children(token, "nmod") if adposition(c) is None), None)
            return self._filler(whole.i, wanted, actor) if whole is not None else None
        if cluster is None or cluster.kind not in wanted:
            return None
        if actor and not self.acts(cluster, index):
            return None
        return Filler(cluster, index)

    def _manner(self, token: Token) -> Token | None:
        """What is done in the 'Art und Weise' told; the second of its nouns itself, which adds nothing; None for another kind."""
        manners = self.lexicon.grammar["descriptions"]["manners"]
        if token.dep_ == "conj" and token.head.lemma_ in manners:
            return token
        pair = [c for c in children(token, "conj") if c.lemma_ in manners]
        owners = (c for t in (token, *pair) for c in children(t, "nmod") if adposition(c) is None)
        told = (g for t in (token, *pair) for c in children(t, "acl", "advcl", "ccomp") for g in children(c, "nsubj"))
        return next(owners, None) or next(told, None) if pair else None

    def _office(self, token: Token) -> Cluster | None:
        """The office that a role noun without a name means ('zum Präsidenten', 'das Amt des Präsidenten')."""
        if token.lemma_ in self.lexicon.grammar["titles"]["posts"]:
            token = next((c for c in token.children if base(c.dep_) == "nmod" and adposition(c) is None), token)
        mention = self.links.mentions.at(token)
        if mention is None or mention.role is None or mention.proper:
            return office_of_post(self.links, token)
        if mention.role.official == "no":
            return None
        return self.links.named("Office", office_name(self.links, token, mention.role, is_feminine(mention, token)))

    def acts(self, cluster: Cluster, index: int) -> bool:
        """A person must be named or described as the one in a role; 'eine Lehrerin', 'ein Minister' are no actors."""
        if cluster.kind != "Person" or cluster.proper:
            return True
        mention = self.links.mentions.by_head.get(index)
        spokes = mention is not None and mention.role is not None and mention.role.category == "spokesperson"
        return bool(cluster.roles) and (mention is None or spokes or mention.determiner not in {"indef", "neg", "quant"})

    def _clause_topic(self, index: int) -> Filler | None:
        """A clause as a topic, named by its words."""
        doc = self.links.doc
        start, end = trim(doc, *subtree_span(doc[index], frozenset({"parataxis"})))
        while start < index and (doc[start].pos_ in {"SCONJ", "CCONJ"} or doc[start].is_punct):
            start += 1
        name = self._without_asides(doc[index], start, self._without_tail(doc[index], end))
        return Filler(self.links.named("Topic", name), index) if name else None

    def _without_asides(self, verb: Token, start: int, end: int) -> str:
        """The words of a clause without the clauses about its nouns ('die Bombe, die man fand, sei echt')."""
        asides = {t.i for r in verb.subtree if r.dep_ == "acl:relcl" and start < r.i < verb.i for t in r.subtree}
        kept = [i for i in range(start, end) if i not in asides][:MAX_TOPIC_WORDS]
        runs = [i for i in kept if i - 1 not in kept]
        parts = (self.links.doc.words(i, next(j for j in range(i, end + 1) if j not in kept)) for i in runs)
        return " ".join(p for part in parts if (p := part.strip(QUOTES + " ,"))).strip(QUOTES)

    def _without_tail(self, verb: Token, end: int) -> int:
        """Where the clause ends without the relative and adverbial clauses behind its predicate."""
        tails = (t for t in verb.subtree if t.dep_ in {"advcl", "acl:relcl"} and t.i > verb.i)
        opens = (min(c.i for c in t.subtree) for t in tails)
        return min((i for i in opens if i > verb.i), default=end)


def telling(drafts: list[Draft], lexicon: Lexicon) -> list[Draft]:
    """Without the less telling ones: 'kündigte an, zurückzutreten' is a resignation, and no announcement beside it."""
    less, own = lexicon.grammar["frames"]["less_telling"], lexicon.grammar["frames"]["announced_acts"]
    anchors = {(id(d.subject), i) for d in drafts if d.relation in own for i in (d.anchor, *d.triggers)}
    included = lexicon.grammar["frames"]["by_deciding"]
    decided = {(d.relation, id(d.subject), id(d.object), d.anchor) for d in drafts if d.relation in included.values()}
    drafts = [d for d in drafts if (included.get(d.relation), id(d.subject), id(d.object), d.anchor) not in decided]
    return [d for d in drafts if d.relation not in less or not any((id(d.subject), i) in anchors for i in d.fillers)]
