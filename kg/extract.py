"""From an article to its facts: the steps in order, and the trace that `kg explain` shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from kg import __version__, vocab
from kg.attribution import NONE as NO_SOURCE
from kg.attribution import WRITER, Attribution
from kg.belonging import is_sound
from kg.casualties import Casualties
from kg.clauses import Clause, find_clauses
from kg.clusters import Cluster
from kg.complements import with_complements
from kg.completion import complete
from kg.confidence import Confidence, Judgement
from kg.confidence import load as load_confidence
from kg.contests import Contests
from kg.demonstratives import bind_demonstratives
from kg.drafts import Draft
from kg.features import features_of
from kg.forces import give_owners
from kg.frames import ACTORS, Matcher, telling
from kg.gifts import Gifts
from kg.implied import Implied
from kg.lent import Lent
from kg.lexicon import Lexicon
from kg.lexicon import load as load_lexicon
from kg.linking import link
from kg.localities import Localities
from kg.mentions import find_mentions
from kg.model import Article, Entity, Evidence, Extraction, Fact, OpenFact, Statement, Status, TraceLine
from kg.open_relations import open_drafts
from kg.protesters import Protesters
from kg.quotations import find_statements
from kg.reciprocal import Reciprocal
from kg.repair import repair
from kg.settings import Settings
from kg.stances import Stances, bind_speakers, speakers
from kg.standing_in import StandingIn
from kg.status import assess, local
from kg.successions import Successions
from kg.syntax import Sentences, auxiliaries, clause_head, predicate_lemma, subtree_span, trim
from kg.times import TimeWords, find_times, load_times
from kg.titles import static_drafts
from kg.trees import Doc, Token
from kg.voices import Voices
from kg.wishes import Wishes

if TYPE_CHECKING:
    from spacy.language import Language

BATCH = 32
STATES = frozenset({"affiliated_with", "holds_office", "located_in", "part_of"})
SPOKEN = frozenset({"direct", "indirect", "indirect_free_indirect"})


@dataclass
class Extractor:
    """The extraction of one language: pipeline, lexicon and rules.

    `version` changes with the model, the lexicon and the code; facts of another version are rebuilt.
    """

    nlp: Language
    lexicon: Lexicon
    times: TimeWords
    trust: Confidence
    model_version: str = ""

    @classmethod
    def load(cls, lang: str = "de", *, overlays: Iterable[Path] = (), lemmas: Any = "hanta") -> Extractor:
        """Load pipeline and lexicon.

        Raises:
            ModelError, LexiconError: files that are missing or malformed.
        """
        from kg import nlp

        lexicon = load_lexicon(lang, overlays=overlays)
        times = load_times(lexicon.folder / "times.toml")
        trust = load_confidence(lexicon.folder / "confidence.tsv")
        return cls(nlp.load(lang, lemmas=lemmas), lexicon, times, trust, f"{nlp.version(lang)}+{lemmas}")

    @cached_property
    def version(self) -> str:
        """Names what the facts depend on beside the article."""
        return f"polgraph {__version__}; model {self.model_version}; lexicon {self.lexicon.version}"

    def extract(self, article: Article, *, trace: bool = False) -> Extraction:
        """The facts of one article, in the order of their evidence."""
        return _Reading(self, article, Doc(self.nlp(article.text)), trace).extraction()

    def pipe(self, articles: Iterable[Article]) -> Iterator[Extraction]:
        """The same for many, in their order, in batches of articles."""
        batch: list[Article] = []
        for article in articles:
            batch.append(article)
            if len(batch) == BATCH:
                yield from self._batch(batch)
                batch = []
        yield from self._batch(batch)

    def _batch(self, batch: list[Article]) -> Iterator[Extraction]:
        for article, doc in zip(batch, self.nlp.pipe([a.text for a in batch]), strict=True):
            yield _Reading(self, article, Doc(doc), False).extraction()


@dataclass
class _Reading:
    """One article while it is read."""

    extractor: Extractor
    article: Article
    doc: Doc
    tracing: bool
    lines: list[TraceLine] = field(default_factory=list)

    def extraction(self) -> Extraction:
        lexicon = self.extractor.lexicon
        repaired = repair(self.doc, lexicon)
        self._trace_repairs(repaired)
        self.links = link(self.doc, find_mentions(self.doc, lexicon), lexicon)
        self.matcher = Matcher(self.links)
        self.attribution = Attribution(self.links)
        self.times = find_times(self.doc, self.article.date, self.extractor.times)
        self.statements = find_statements(self.links, self.article)
        self.spoken = speakers(self.links, self.article, self.statements)
        bind_speakers(self.links, self.spoken)
        bind_demonstratives(self.links)
        drafts = self._drafts()
        self.settings = Settings(self.links, self.times, drafts, self.article.date)
        settled = [self._settle(d) for d in drafts]
        self.drafts = {id(f): d for f, d in zip(settled, drafts, strict=True)}
        facts, open_facts = self._unique(settled), self._open_facts(drafts)
        entities = {id(e): e for f in facts for e in (f.subject, f.object, f.content, f.source, f.place) if e is not None}
        sentences = tuple(self.article.locate(s.start_char, s.end_char) for s in self.doc.sents)
        self._trace_statements(self.statements)
        self._trace_entities()
        told = (sentences, tuple(self.lines), self.statements, open_facts)
        return Extraction(self.article, tuple(entities.values()), tuple(facts), *told)

    def _drafts(self) -> list[Draft]:
        drafts = list(static_drafts(self.links))
        self.clauses = list(with_complements(find_clauses(self.doc, self.extractor.lexicon), self.doc, self.extractor.lexicon))
        for clause in self.clauses:
            found = list(self.matcher.drafts(clause))
            drafts += found
            if self.tracing:
                self._trace_clause(clause, found)
        drafts += Lent(self.matcher).drafts(self.clauses, drafts)
        drafts += Casualties(self.matcher).drafts(self.clauses, drafts)
        stances = list(Stances(self.matcher, self.spoken).drafts(self.clauses, drafts))
        drafts += [*stances, *Implied(self.matcher).drafts(self.clauses, drafts)]
        voicing = (self.matcher, self.spoken, self.attribution)
        drafts += list(Voices(*voicing).drafts(self.clauses, drafts))
        drafts += list(Wishes(*voicing).drafts(self.clauses, drafts))
        drafts += [*StandingIn(self.matcher).drafts(self.clauses, drafts), *Gifts(self.matcher).drafts(self.clauses, drafts)]
        drafts += Reciprocal(self.matcher).drafts(self.clauses, drafts)
        drafts += Protesters(self.matcher).drafts(self.clauses, drafts)
        drafts += list(Localities(self.matcher).drafts(self.clauses))
        drafts += list(Contests(self.matcher).drafts(self.clauses, drafts))
        drafts += list(Successions(self.matcher).drafts(drafts))
        drafts = telling(drafts, self.extractor.lexicon)
        give_owners(self.matcher, self.clauses, drafts)
        complete(self.matcher, drafts)
        moving = {id(c) for d in drafts if not d.static and d.relation not in STATES for c in (d.subject, d.object)}
        kept = [d for d in drafts if d.subject is not d.object and is_sound(self.links, d)]
        return [d for d in kept if not d.aside or id(d.subject) in moving or self._speaks(d.subject)]

    def _speaks(self, cluster: Cluster | None) -> bool:
        """Whether somebody says anything in the article."""
        return cluster is not None and any(s.speaker_entity is self.links.entity(cluster) for s in self.statements)

    def _open_facts(self, known: list[Draft]) -> tuple[OpenFact, ...]:
        """The relations between actors that no frame knows, each once, in text order."""
        found: dict[tuple[Any, ...], OpenFact] = {}
        for draft in open_drafts(self.matcher, self.clauses, known):
            fact = self._settle(draft)
            told = {f.name: getattr(fact, f.name) for f in fields(Fact)} | {"confidence": self._trust(fact, draft, 1).value}
            made = OpenFact(**told, predicate=draft.rule.rpartition("open:")[2])
            found.setdefault((made.predicate, id(made.subject), id(made.object)), made)
        return tuple(sorted(found.values(), key=lambda f: (f.evidence.start, f.evidence.end, f.predicate, str(f.object))))

    def _settle(self, draft: Draft) -> Fact:
        """Status, source, time, place and evidence for a draft."""
        anchor = self.doc[draft.anchor]
        rules = [draft.rule]
        status = draft.forced or "asserted"
        source: Cluster | None = None
        if not draft.static:
            judge = local if draft.rule.startswith("place:") else assess
            judged, rule = judge(anchor, self.extractor.lexicon)
            if draft.forced is None or (draft.forced, judged) == ("planned", "negated"):  # what is expected may be ruled out
                status = judged
                rules += [rule] if rule else []
            source, rule = self.attribution.source(anchor) if judge is assess else NO_SOURCE
            rules += [rule] if rule and source is not None else []
        heard = not draft.static and judge is assess and rule != WRITER[1]
        said = self._said_by(anchor) if source is None and heard else None
        rules += ["source:statement"] if said is not None else []
        relation = draft.relation
        flipped = self.extractor.lexicon.grammar["frames"]["when_negated"].get(relation)
        if status == "negated" and flipped and draft.forced != "planned" and not draft.static:
            relation, status = flipped, "asserted"
            rules.append("status:turned")
        if status == "planned" and self._is_wish(relation, anchor):
            relation = self.extractor.lexicon.grammar["frames"]["when_wished"][relation]
            rules.append("status:wished")
        if source is draft.subject or source is draft.object:
            source = None
        time, place, told = (None, None, []) if draft.static else self.settings.of(draft, anchor, status)
        rules += told
        return Fact(
            self._entity(draft.subject),
            relation,
            self._entity(draft.object),
            cast(Status, status),
            self._evidence(draft, anchor),
            self._entity(draft.content),
            self._entity(source) or (said if said not in (self._entity(draft.subject), self._entity(draft.object)) else None),
            time,
            self._entity(place),
            " + ".join(rules),
        )

    def _is_wish(self, relation: str, anchor: Token) -> bool:
        """A change that an actor only wants to bring about: 'will eine Steuer einführen'."""
        frames = self.extractor.lexicon.grammar["frames"]
        wants = any(c.lemma_ in frames["wish_modals"] for c in auxiliaries(anchor))
        return relation in frames["when_wished"] and wants and predicate_lemma(anchor) in frames["wish_verbs"]

    def _said_by(self, anchor: Token) -> Entity | None:
        """The speaker of the indirect speech in which the predicate stands."""
        if anchor.pos_ in {"NOUN", "PROPN"}:
            return None
        where = self.article.locate(anchor.idx, anchor.idx + 1)[0]
        for said in self.statements:
            if said.type in SPOKEN and any(start <= where < end for start, end in said.quote):
                speaker = said.speaker_entity
                return speaker if speaker is not None and speaker.kind in ACTORS else None
        return None

    def _entity(self, cluster: Cluster | None) -> Entity | None:
        return self.links.entity(cluster) if cluster is not None else None

    def _judged(self, fact: Fact, told: int) -> Fact:
        """The fact with its confidence."""
        return replace(fact, confidence=self._trust(fact, self.drafts[id(fact)], told).value)

    def _trust(self, fact: Fact, draft: Draft, told: int) -> Judgement:
        judged = self.extractor.trust.judge(fact.rule, fact.relation, features_of(self.links, draft, fact, told))
        if self.tracing:
            names = [e.name if e else "-" for e in (fact.subject, fact.object)]
            text = f"{names[0]} | {fact.relation} | {names[1]}: {judged}"
            self.lines.append(TraceLine(self._sentence(draft.anchor), "trust", fact.rule, text))
        return judged

    def _evidence(self, draft: Draft, anchor: Token) -> Evidence:
        span = draft.span
        if span is None:
            verb = clause_head(anchor)
            sentences = Sentences.of(self.doc)
            span = sentences.span(sentences.number(anchor.i)) if verb.dep_ == "ROOT" else subtree_span(verb)
        start, end = trim(self.doc, *span)
        if start >= end:
            start, end = anchor.i, anchor.i + 1
        text, first, last = self.article.text, self.doc[start].idx, self.doc[end - 1].idx + len(self.doc[end - 1])
        if text[first:last].count("(") > text[first:last].count(")") and text[last : last + 1] == ")":
            last += 1
        where = self.article.locate(first, last)
        triggers = tuple(
            self.article.locate(self.doc[i].idx, self.doc[i].idx + len(self.doc[i])) for i in draft.triggers or (draft.anchor,)
        )
        return Evidence(self.article.id, where[0], where[1], self.article.original[where[0] : where[1]], triggers)

    def _unique(self, facts: list[Fact]) -> list[Fact]:
        """One fact of a kind, with its best evidence; a death whose killer is told is no fact of its own."""
        best: dict[tuple[Any, ...], Fact] = {}
        told = Counter(map(_key, facts))
        for fact in facts:
            key = _key(fact)
            if key not in best or self._worth(fact) < self._worth(best[key]):
                best[key] = fact
        killed = {id(f.object) for f in best.values() if f.relation == "kills"}
        kept = [f for f in best.values() if f.relation != "dies" or id(f.subject) not in killed]
        judged = (self._judged(f, told[_key(f)]) for f in kept)
        return sorted(judged, key=lambda f: (f.evidence.start, f.evidence.end, f.relation, f.subject.name if f.subject else ""))

    def _worth(self, fact: Fact) -> tuple[Any, ...]:
        """Sorts facts that say the same, the best first: a verb states it more clearly than a noun."""
        rank = {"asserted": 0, "ended": 1, "planned": 2, "negated": 3, "possible": 4}
        nominal = "clause:nominal" in fact.rule
        unsure = (rank[fact.status], fact.source is not None)
        return (*unsure, fact.time is None, fact.place is None, nominal, fact.evidence.start, fact.rule)

    def _sentence(self, index: int) -> int:
        return Sentences.of(self.doc).number(index)

    def _trace_clause(self, clause: Clause, drafts: list[Draft]) -> None:
        number, text = self._sentence(clause.head), lambda i: self.doc[i].text
        args = "; ".join(f"{role}: {', '.join(map(text, found))}" for role, found in clause.args.items())
        self.lines.append(TraceLine(number, "clause", clause.rule, f"{clause.lemma} ({args})"))
        for draft in drafts:
            names = [c.entity().name if c else "-" for c in (draft.subject, draft.object)]
            self.lines.append(TraceLine(number, "fact", draft.rule, f"{names[0]} | {draft.relation} | {names[1]}"))
        for frame, reason in self.matcher.why_not(clause) if not drafts else ():
            self.lines.append(TraceLine(number, "no fact", f"frame:{frame.name}", reason))
        known = self.extractor.lexicon
        if not drafts and not clause.nominal and clause.lemma not in known.verb_frames:
            self.lines.append(TraceLine(number, "no fact", "frame:none", f"no frame knows the verb {clause.lemma!r}"))

    def _trace_statements(self, statements: tuple[Statement, ...]) -> None:
        starts = [self.article.locate(s.start_char, s.end_char)[0] for s in self.doc.sents] if self.tracing else []
        for said in statements if self.tracing else ():
            number = sum(start <= said.quote[0][0] for start in starts) - 1
            speaker = said.speaker_entity.name if said.speaker_entity else "-"
            self.lines.append(TraceLine(number, "quote", said.rule, f"{speaker} | {said.type} | {said.text!r}"))

    def _trace_repairs(self, repaired: list[tuple[int, str]]) -> None:
        for index, rule in repaired if self.tracing else ():
            self.lines.append(TraceLine(self._sentence(index), "repair", rule, repr(self.doc[index].text)))

    def _trace_entities(self) -> None:
        if not self.tracing:
            return
        for mention in self.links.mentions.all:
            if (cluster := self.links.of_head.get(mention.head)) is not None:
                entity = self.links.entity(cluster)
                rule = f"{mention.rule} + {self.links.rules.get(mention.head, '')}"
                self.lines.append(
                    TraceLine(
                        self._sentence(mention.head), "entity", rule, f"{mention.surface!r} = {entity.name} ({entity.kind})"
                    )
                )
        self.lines.sort(key=lambda line: line.sentence)


def _key(fact: Fact) -> tuple[Any, ...]:
    """Facts of one key say the same."""
    pair = (id(fact.subject), id(fact.object))
    return (fact.relation, *(tuple(sorted(pair)) if vocab.relations()[fact.relation].symmetric else pair))
