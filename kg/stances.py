"""Stances: what a speaker's words rate, ask for, rule out or warn of, though no verb of the writer says so.

Rules: `stance:predicate` ('„Der Entwurf ist inakzeptabel“, sagte X'), `stance:verb`
('Die Regierung habe versagt'), `stance:obligation` ('Y müsse handeln'), `stance:refusal` ('Es werde keine Steuern geben'),
`stance:danger` ('es drohe eine Krise'), `stance:rating` ('nannte den Plan einen Fehler'), `stance:proposal` ('So sollen ...',
after a proposal). `link:speaker` gives 'ich' and 'wir' in quotations to the one who speaks.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kg.clauses import Clause, noun_key, prep_lemma
from kg.clusters import Cluster, Links
from kg.drafts import Draft
from kg.frames import ACTORS, MAX_TOPIC_WORDS, QUOTES, THINGS, Filler, Matcher
from kg.lexicon import Lexicon
from kg.model import Article, Statement
from kg.status import is_negated, starts_any
from kg.syntax import (
    Sentences,
    adposition,
    antecedent,
    auxiliaries,
    base,
    children,
    conjuncts,
    finite,
    is_nominal,
    morph,
    predicate_lemma,
)
from kg.trees import Token

QUOTER = "speaker:quoter"  # who only passes on what another one said
SPOKEN = frozenset({"direct", "indirect", "indirect_free_indirect"})
GOOD, BAD = "supports", "criticizes"
OPPOSITE = {GOOD: BAD}
FOLLOWS = 3  # sentences through which a proposal is unfolded


def speakers(links: Links, article: Article, statements: Iterable[Statement]) -> dict[int, Cluster]:
    """Token -> who says it: the speaker of the shortest quotation around it, if it is an actor."""
    starts = [article.locate(t.idx, t.idx + 1)[0] for t in links.doc]
    found: dict[int, Cluster | None] = {}
    spoken = [s for s in statements if s.type in SPOKEN and QUOTER not in s.rule]
    for said in sorted(spoken, key=lambda s: -sum(end - start for start, end in s.quote)):
        speaker = links.cluster_of(said.speaker_entity) if said.speaker_entity is not None else None
        for start, end in said.quote:
            found.update(dict.fromkeys(range(bisect_left(starts, start), bisect_left(starts, end)), speaker))
    return {i: c for i, c in sorted(found.items()) if c is not None and c.kind in ACTORS}


def bind_speakers(links: Links, spoken: dict[int, Cluster]) -> None:
    """Let the pronouns of the first person in quotations stand for the speaker."""
    known = links.lexicon.cue("pronouns", "first_singular") | links.lexicon.cue("pronouns", "first_plural")
    for index, speaker in spoken.items():
        token = links.doc[index]
        if index in links.of_head:
            continue
        first = token.lower_ in known and (token.pos_ == "PRON" or _owns_deed(token, links.lexicon))
        if first or _means_speaker(token, links.lexicon):
            links.of_head[index] = speaker
            links.rules[index] = "link:speaker"


def _owns_deed(token: Token, lexicon: Lexicon) -> bool:
    """Whether a possessive belongs to a noun of doing ('unser Mitgefühl', 'unsere Forderung')."""
    return token.dep_ == "det:poss" and noun_key(token.head.lemma_, lexicon) is not None


def _means_speaker(token: Token, lexicon: Lexicon) -> bool:
    """'man' in 'man werde verzichten', 'man habe geliefert': those for whom the speaker speaks."""
    if token.lower_ not in lexicon.cue("pronouns", "impersonal") or base(token.dep_) != "nsubj":
        return False
    told = finite(token.head)
    return told is not None and told.lower_ in lexicon.cue("pronouns", "impersonal_verbs")


def polarity(token: Token, lexicon: Lexicon) -> str | None:
    """The relation that a rating word states of what it is said of, negation counted in; None if it rates nothing."""
    found = _bare_polarity(token, lexicon)
    return OPPOSITE.get(found) if found is not None and is_negated(token, lexicon) else found


def _bare_polarity(token: Token, lexicon: Lexicon) -> str | None:
    cue = lexicon.cue
    if token.pos_ in {"ADJ", "ADV", "VERB"} and not is_nominal(token):
        if any(c.lower_ in cue("stance", "excess") and c.i == token.i - 1 for c in token.children):
            return BAD
        words = {token.lower_, token.lemma_.lower()}
        return GOOD if words & cue("stance", "good") else BAD if words & cue("stance", "bad") else None
    if not is_nominal(token):
        return None
    attributes = [c for c in token.children if c.dep_ == "amod"]
    if any(starts_any(c.text, cue("stance", "bad")) for c in attributes):
        return BAD
    if _ends(token, cue("stance", "bad_nouns")):
        return BAD
    praised = any(starts_any(c.text, cue("stance", "good")) for c in attributes)
    return GOOD if praised or _ends(token, cue("stance", "good_nouns")) else None


def _ends(noun: Token, listed: frozenset[str]) -> bool:
    """Whether the noun, or the last part of its compound, is in the list."""
    low = noun.lemma_.lower()
    return noun.lemma_ in listed or any(low.endswith(w.lower()) for w in listed if len(w) > 5)


@dataclass
class Stances:
    """Reads the stances of one article out of its quotations; `spoken` gives the speaker of each token."""

    matcher: Matcher
    spoken: dict[int, Cluster]
    known: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.links, self.doc, self.lexicon = self.matcher.links, self.matcher.links.doc, self.matcher.lexicon

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """All stances; those that frames know already are left out."""
        self.known = {d.anchor for d in known}
        for clause in clauses:
            if not clause.nominal and clause.head not in self.known:
                yield from self._rating(clause)
        for index, speaker in self.spoken.items():
            token = self.doc[index]
            if token.pos_ in {"VERB", "AUX", "ADJ", "NOUN", "PROPN", "ADV"} and not self._is_hypothesis(token):
                yield from self._of(token, speaker)
        yield from self._proposals(known)

    def _of(self, token: Token, speaker: Cluster) -> Iterator[Draft]:
        yield from self._danger(token, speaker)
        modal = next((a for a in auxiliaries(token) if base(a.dep_) == "aux" and self._is_modal(a)), None)
        if modal is not None:
            yield from self._obligation(token, modal, speaker)
        elif any(c.dep_ == "cop" for c in token.children) or self._is_state(token):
            yield from self._predicate(token, speaker)
        elif token.pos_ == "VERB":
            yield from self._verb(token, speaker)

    def _is_state(self, token: Token) -> bool:
        """A rating participle that the tree reads as a perfect ('ist angeschlagen')."""
        rates = token.lower_ in self.lexicon.cue("stance", "good") | self.lexicon.cue("stance", "bad")
        return rates and token.pos_ == "VERB" and any(a.dep_ == "aux" for a in auxiliaries(token))

    # -- ratings

    def _predicate(self, token: Token, speaker: Cluster) -> Iterator[Draft]:
        relation = polarity(token, self.lexicon) if adposition(token) is None else None
        if relation is None:
            return
        for target in self._targets([c for c in children(token, "nsubj") if c.pos_ != "PRON"], speaker):
            if target.cluster.kind != "Topic" or len(target.cluster.heads) > 1:
                yield self._draft("stance:predicate", speaker, relation, target, token)

    def _verb(self, token: Token, speaker: Cluster) -> Iterator[Draft]:
        lemma, cue = predicate_lemma(token), self.lexicon.cue
        negated = is_negated(token, self.lexicon)
        wrong = lemma in cue("stance", "wrong_verbs")
        measured = [c for c in token.children if any(t.lower_ in cue("stance", "enough") for t in c.subtree)]
        short = bool(measured) and (negated or any(is_negated(c, self.lexicon) for c in children(token, "advmod", "xcomp")))
        far = not negated and any(self._is_excess(c) for c in token.children)
        if lemma in cue("stance", "excessive_verbs") and (far or short):
            relation = BAD
        elif lemma in cue("stance", "good_verbs"):
            relation = BAD if negated else GOOD
        elif negated == (lemma in cue("stance", "lacking_verbs")) and (
            wrong or lemma in cue("stance", "bad_verbs") | cue("stance", "lacking_verbs")
        ):
            relation = BAD
        else:
            yield from self._refusal(token, speaker, lemma, negated)
            return
        for target in self._targets([c for c in children(token, "nsubj") if c.dep_ == "nsubj"], speaker):
            accused = wrong and target.cluster.kind in ACTORS
            yield self._draft("stance:verb", speaker, "accuses" if accused else relation, target, token)

    def _danger(self, token: Token, speaker: Cluster) -> Iterator[Draft]:
        """'Das Verbot könne zu Engpässen führen'."""
        cue = self.lexicon.cue
        may = any(a.lemma_ in cue("modals", "possible") for a in auxiliaries(token))
        if predicate_lemma(token) not in cue("stance", "causing_verbs") or not may or is_negated(token, self.lexicon):
            return
        if any(_ends(c, cue("stance", "danger_nouns")) for c in children(token, "obl", "obj", "nmod")):
            for target in self._targets(children(token, "nsubj"), speaker):
                if target.cluster.kind in THINGS:
                    yield self._draft("stance:danger", speaker, "warns", target, token)

    def _is_excess(self, child: Token) -> bool:
        """'zu weit', 'zu kurz'."""
        words = self.lexicon.cue("stance", "excess")
        return child.pos_ in {"ADJ", "ADV"} and any(c.lower_ in words and c.i == child.i - 1 for c in child.children)

    def _refusal(self, token: Token, speaker: Cluster, lemma: str, negated: bool) -> Iterator[Draft]:
        """'Es werde keine Steuern geben', and dangers: 'es drohe eine Krise'."""
        cue, vague = self.lexicon.cue, self.lexicon.grammar["reference"]["vague"]
        subjects = children(token, "nsubj")
        if lemma in cue("stance", "danger_verbs") and not negated:
            for target in self._targets(subjects, speaker):
                if target.cluster.kind in THINGS:
                    yield self._draft("stance:danger", speaker, "warns", target, token)
        future = any(a.lemma_ in cue("auxiliaries", "future") for a in auxiliaries(token))
        if lemma in cue("stance", "exist_verbs") and negated and future and any(s.lower_ in vague for s in subjects):
            things = [c for c in children(token, "obj", "nsubj") if c.lower_ not in vague]
            for target in self._targets(things, speaker):
                if target.cluster.kind in THINGS:
                    yield self._draft("stance:refusal", speaker, "rejects", target, token)

    def _rating(self, clause: Clause) -> Iterator[Draft]:
        """'nannte den Plan einen Fehler', 'bezeichnete ihn als falsch', 'hält sie für gescheitert'."""
        verb, cue = self.doc[clause.head], self.lexicon.cue
        if clause.lemma not in cue("stance", "rating_verbs"):
            return
        sees = cue("stance", "seeing_prepositions") if clause.lemma in cue("stance", "seeing_verbs") else frozenset()
        seen = [i for p in sorted(sees) for i in clause.args.get(p, [])]
        rated = [
            c
            for c in verb.children
            if self._is_complement(c) and c.i not in clause.args.get("subj", []) and _bare_polarity(c, self.lexicon) is not None
        ]
        relation = _bare_polarity(rated[0], self.lexicon) if rated else None
        if relation is not None and any(is_negated(t, self.lexicon) for t in (verb, *rated)):
            relation = OPPOSITE.get(relation)
        if relation is None:
            return
        objects = seen or [i for i in clause.args.get("obj", []) if self.doc[i] not in rated]
        fillers = [f for i in clause.args.get("subj", []) if (f := self.matcher._filler(i, ACTORS, True))]
        for subject in fillers:
            for target in self._targets([self.doc[i] for i in objects], subject.cluster):
                yield self._draft("stance:rating", subject.cluster, relation, target, verb, subject.token)

    def _is_complement(self, child: Token) -> bool:
        """Whether a phrase says as what something is rated."""
        case = next((c for c in child.children if c.dep_ in {"case", "cc", "mark"}), None)
        if case is not None:
            return prep_lemma(case, self.lexicon) in self.lexicon.cue("stance", "rating_prepositions")
        return child.dep_ in {"xcomp", "obj", "obl:arg", "ccomp"} and not list(children(child, "nsubj"))

    # -- obligations

    def _is_modal(self, aux: Token) -> bool:
        cue = self.lexicon.cue
        return aux.lemma_ in cue("modals", "required") | cue("modals", "possible") | cue("modals", "plan") and (
            aux.lemma_ not in cue("auxiliaries", "perfect") | cue("auxiliaries", "future")
        )

    def _obligation(self, token: Token, modal: Token, speaker: Cluster) -> Iterator[Draft]:
        """'Y müsse handeln' asks it of Y."""
        if not self._asks(token, modal) or predicate_lemma(token) in self.lexicon.cue("stance", "suffered_verbs"):
            return
        subjects = [c for c in children(token, "nsubj") if c.dep_ == "nsubj"]
        asked = self._asked(token, modal)
        for target in self._targets(subjects, speaker):
            if target.cluster.kind in ACTORS:
                yield self._draft("stance:obligation", speaker, "demands", target, token, content=asked)
        if modal.lemma_ in self.lexicon.cue("stance", "must") or morph(modal, "Tense") == "Past":
            yield from self._due(token, speaker)

    def _due(self, token: Token, speaker: Cluster) -> Iterator[Draft]:
        """'Die Steuern müssten gesenkt werden' demands just that."""
        things = [c for c in children(token, "nsubj") if c.dep_ == "nsubj:pass" and c.pos_ != "PRON"]
        pending = any(c.lower_ in self.lexicon.cue("stance", "pending") for c in token.children)
        topic = self.matcher._clause_topic(token.i) if things and not pending and not is_negated(token, self.lexicon) else None
        for target in self._targets(things, speaker) if topic is not None else ():
            if topic is not None and target.cluster.kind in THINGS:
                yield self._draft("stance:obligation", speaker, "demands", topic, token, content=target.cluster)

    def _asks(self, token: Token, modal: Token) -> bool:
        """Whether the modal asks for what its clause says: not in the past, no guess, no relative or adverbial clause."""
        cue, negated = self.lexicon.cue, is_negated(token, self.lexicon)
        helpers = {a.lemma_ for a in auxiliaries(token)}
        perfect = morph(token, "VerbForm") == "Part" and bool(helpers & cue("auxiliaries", "perfect"))
        subjunctive = morph(modal, "Mood") == "Sub" or modal.lower_ in cue("modals", "reported_forms")
        past = morph(modal, "Tense") == "Past"
        first = min((t.i for t in token.subtree if not t.is_punct), default=modal.i)
        if perfect or morph(modal, "VerbForm") == "Inf" or base(token.dep_) in {"acl", "advcl"} or first == modal.i:
            return False  # a modal in front opens a condition ('sollte China nicht einlenken')
        if modal.lemma_ in cue("stance", "must"):
            return not negated and (subjunctive or not past)
        if modal.lemma_ in cue("stance", "should"):
            return past or subjunctive
        return negated and modal.lemma_ in cue("stance", "may")

    def _asked(self, token: Token, modal: Token) -> Cluster | None:
        """What is asked for: the predicate with what stands in front of it, without its subject."""
        left_out = {modal.i} | {t.i for c in children(token, "nsubj", "mark", "parataxis", "punct") for t in c.subtree}
        inside = {t.i for t in token.subtree} - left_out
        start = token.i
        while start - 1 in inside and token.i - start < MAX_TOPIC_WORDS:
            start -= 1
        end = token.i + 1
        name = self.doc.words(start, end).strip(QUOTES)
        return self.links.named("Topic", name) if name else None

    # -- proposals

    def _proposals(self, known: list[Draft]) -> Iterator[Draft]:
        """'So sollen ...', 'Außerdem soll ...' in the sentences after a proposal say what is proposed."""
        sentences = Sentences.of(self.doc)
        named = self.lexicon.cue("stance", "proposing_relations")
        proposed = {sentences.number(d.anchor): d for d in known if d.relation in named and d.subject is not None}
        running: tuple[int, Cluster] | None = None
        for number in range(len(sentences.starts)):
            start, end = sentences.span(number)
            root = next((t for t in self.doc[start:end] if t.dep_ == "ROOT"), None)
            if root is not None and running is not None and number - running[0] <= FOLLOWS and self._goes_on(root, start):
                running = (number, running[1])
                yield from self._proposal(root, running[1])
            elif number in proposed and proposed[number].subject is not None:
                running = (number, proposed[number].subject)  # type: ignore[assignment]

    def _goes_on(self, root: Token, start: int) -> bool:
        cue = self.lexicon.cue
        opens = any(t.lower_ in cue("stance", "continuing") for t in self.doc[start : start + 2])
        planned = any(a.lemma_ in cue("stance", "should") and morph(a, "Tense") != "Past" for a in auxiliaries(root))
        return opens and planned and not any(a.lemma_ in cue("auxiliaries", "perfect") for a in auxiliaries(root))

    def _proposal(self, root: Token, speaker: Cluster) -> Iterator[Draft]:
        topic = self.matcher._clause_topic(root.i)
        things = self._targets([c for c in children(root, "nsubj") if is_nominal(c)], speaker)
        content = next((t.cluster for t in things if t.cluster.kind in THINGS or self._is_new(t)), None)
        if topic is not None:
            draft = self._draft("stance:proposal", speaker, "proposes", topic, root, content=content)
            draft.forced = "asserted"  # what is proposed is planned, the proposal is made
            yield draft

    def _is_new(self, filler: Filler) -> bool:
        return any(morph(c, "Definite") == "Ind" for c in self.doc[filler.token].children)

    # -- what they share

    def _targets(self, tokens: Iterable[Token], speaker: Cluster) -> list[Filler]:
        """The entities that phrases name, other than the speaker."""
        members = [antecedent(m) for t in tokens for m in conjuncts(t)]
        found = [f for m in members if is_nominal(m) and (f := self.matcher._filler(m.i, ACTORS | THINGS, False)) is not None]
        return [f for f in found if f.cluster is not speaker and self.matcher.acts(f.cluster, f.token)]

    def _is_hypothesis(self, token: Token) -> bool:
        """In a question or under a condition nothing is rated."""
        cue = self.lexicon.cue
        marks = {c.lower_ for c in children(token, "mark")}
        sentences = Sentences.of(self.doc)
        end = sentences.span(sentences.number(token.i))[1]
        asked = any(t.text == "?" for t in (*token.subtree, *self.doc[max(token.i, end - 3) : end]))
        return asked or bool(marks & (cue("conditional", "strict") | cue("conditional", "subjunctions")))

    def _draft(
        self,
        rule: str,
        speaker: Cluster,
        relation: str,
        target: Filler,
        anchor: Token,
        subject: int | None = None,
        content: Cluster | None = None,
    ) -> Draft:
        fillers = (target.token,) if subject is None else (subject, target.token)
        if relation == BAD and _ends(self.doc[target.token], self.lexicon.cue("stance", "reproaches")):
            relation = "rejects"
        return Draft(
            speaker, relation, target.cluster, anchor.i, rule, content, triggers=(anchor.i,), forced="asserted", fillers=fillers
        )
