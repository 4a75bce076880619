"""What speakers ask for, propose and promise in ways that no single verb tells.

Rules: `voice:hope` ('Ich hoffe, dass Y handelt'), `voice:need` ('Wir brauchen eine Reform'), `voice:necessity` ('es sei
notwendig, die Grenzen zu schließen'), `voice:according` ('nach dem Willen von X soll ...'), `voice:danger` ('es besteht die
Gefahr, dass ...'), `voice:equated` ('die Forderung der Gewerkschaft ist ein Mindestlohn'), `voice:promise` ('erklärte, er
werde ...'), `voice:announced` ('kündigte an, dass der Verein verboten wird'), `voice:project` ('will den Bau vorantreiben').
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from kg.clauses import Clause, prep_lemma
from kg.clusters import Cluster
from kg.drafts import Draft
from kg.frames import ACTORS, THINGS
from kg.status import is_negated
from kg.syntax import (
    adposition,
    auxiliaries,
    base,
    children,
    is_nominal,
    morph,
    predicate_lemma,
)
from kg.trees import Token
from kg.voicing import Voicing, ends


class Wishes(Voicing):
    """Reads the wishes and promises of one article."""

    def drafts(self, clauses: Iterable[Clause], known: list[Draft]) -> Iterator[Draft]:
        """All of them; what frames know of the same predicate already is left out."""
        stated = {(d.relation, d.anchor) for d in known}
        for clause in clauses:
            if not clause.nominal:
                yield from (d for d in self._of(clause) if (d.relation, d.anchor) not in stated)
        for token in self.doc:
            if any(c.dep_ == "cop" for c in token.children):
                yield from self._equated(token)
                yield from self._necessity(token, known)

    def _of(self, clause: Clause) -> Iterator[Draft]:
        verb = self.doc[clause.head]
        yield from self._according(clause, verb)
        yield from self._promise(clause, verb)
        yield from self._announced(clause, verb)
        yield from self._project(clause, verb)
        speaker = self.spoken.get(verb.i)
        if speaker is not None and not self._is_hypothesis(verb):
            yield from self._hope(clause, speaker)
            yield from self._need(clause, speaker)
            yield from self._danger(clause, speaker)

    def _hope(self, clause: Clause, speaker: Cluster) -> Iterator[Draft]:
        """'Ich hoffe, dass Y handelt' asks it of Y."""
        subjects = [self.links.of(i) for i in clause.args.get("subj", [])]
        if clause.lemma not in self.lexicon.cue("voice", "hoping_verbs") or speaker not in subjects:
            return
        for index in clause.args.get("comp", [])[:1]:
            asked = self.doc[index]
            if is_nominal(asked) or is_negated(self.doc[clause.head], self.lexicon):
                continue
            topic = self.matcher._clause_topic(index)
            for target in self._named(children(asked, "nsubj"), ACTORS, speaker):
                content = topic.cluster if topic is not None else None
                yield self._draft("voice:hope", speaker, "demands", target, clause.head, content=content)

    def _need(self, clause: Clause, speaker: Cluster) -> Iterator[Draft]:
        """'Wir brauchen eine Reform', 'es braucht mehr Geld'."""
        verb = self.doc[clause.head]
        past = morph(verb, "Tense") == "Past" or any(
            a.lemma_ in self.lexicon.cue("auxiliaries", "perfect") for a in auxiliaries(verb)
        )
        if clause.lemma not in self.lexicon.cue("voice", "needing_verbs") or past or is_negated(verb, self.lexicon):
            return
        if any(self.links.of(i) is speaker and self.doc[i].lower_ not in self._first_person for i in clause.args.get("subj", [])):
            return  # 'er brauche mehr Zeit' tells of oneself
        needed = [self.doc[i] for role in ("obj", "gen", "dat") for i in clause.args.get(role, [])]
        for target in self._named(needed, THINGS, speaker):
            yield self._draft("voice:need", speaker, "demands", target, verb.i)

    @property
    def _first_person(self) -> frozenset[str]:
        return self.lexicon.cue("pronouns", "first_plural") | self.lexicon.cue("pronouns", "first_singular")

    def _necessity(self, token: Token, known: list[Draft]) -> Iterator[Draft]:
        """'Es sei notwendig, die Grenzen zu schließen', 'nötig sei eine Reform' asks for it."""
        speaker = self.spoken.get(token.i)
        if speaker is None or token.lower_ not in self.lexicon.cue("voice", "needed") or is_negated(token, self.lexicon):
            return
        clauses = [c for c in children(token, "csubj", "ccomp", "xcomp") if not is_nominal(c) and c.i > token.i]
        topics = [f for c in clauses[:1] if (f := self.matcher._clause_topic(c.i)) is not None]
        new = [c for c in children(token, "nsubj") if is_nominal(c) and self._is_new(c)]
        for target in topics or self._named(new, THINGS, speaker):
            for draft in [d for d in known if d.anchor == token.i and d.relation in self.lexicon.cue("voice", "praising")]:
                known.remove(draft)
            yield self._draft("voice:necessity", speaker, "demands", target, token.i)

    def _is_new(self, noun: Token) -> bool:
        """Not told of before: with an indefinite determiner, or none in the plural."""
        determiners = [c for c in noun.children if c.pos_ == "DET"]
        return all(morph(c, "Definite") == "Ind" for c in determiners) and noun.pos_ == "NOUN"

    def _according(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'Nach dem Willen der Grünen soll ...', 'Nach einem Entwurf der Ministerin sollen ...'."""
        table = self.lexicon.grammar["frames"]["according"]
        for phrase in children(verb, "obl"):
            case = adposition(phrase)
            named = next((r for n, r in table.items() if ends(phrase, frozenset({n}))), None)
            if case is None or named is None or prep_lemma(case, self.lexicon) not in self.lexicon.cue("quotation", "with_noun"):
                continue
            if not any(a.lemma_ in self.lexicon.cue("modals", "plan") for a in auxiliaries(verb)):
                continue
            topic = self.matcher._clause_topic(verb.i)
            roles = ("obj",) if clause.args.get("obj") else ("subj",)
            things = [f for r in roles for f in self._named([self.doc[i] for i in clause.args.get(r, [])], THINGS, None)]
            owners = [c for c in phrase.children if base(c.dep_) in {"nmod", "det"} and c.dep_ != "det"]
            for owner in self._named(owners, ACTORS, None):
                for target in things or ([topic] if topic is not None else []):
                    draft = self._draft("voice:according", owner.cluster, named, target, verb.i)
                    draft.forced = "asserted" if named == "demands" else "planned"
                    yield draft

    def _danger(self, clause: Clause, speaker: Cluster) -> Iterator[Draft]:
        """'Es besteht die Gefahr, dass der Konflikt eskaliert.'"""
        cue, verb = self.lexicon.cue, self.doc[clause.head]
        if clause.lemma not in cue("voice", "existing_verbs") or is_negated(verb, self.lexicon):
            return
        nouns = [c for c in children(verb, "nsubj", "obj") if ends(c, cue("voice", "dangers"))]
        told = [c for n in nouns for c in (*children(n, "ccomp", "acl", "xcomp", "nmod"), *children(verb, "ccomp")) if c.i > n.i]
        for node in told[:1]:
            target = self.matcher._filler(node.i, THINGS, False) if is_nominal(node) else self.matcher._clause_topic(node.i)
            if target is not None:
                yield self._draft("voice:danger", speaker, "warns", target, verb.i)

    def _equated(self, token: Token) -> Iterator[Draft]:
        """'Die zentrale Forderung der Gewerkschaft ist ein Mindestlohn', 'einer seiner Vorschläge ist ...'."""
        table = self.lexicon.grammar["frames"]["equated"]
        subjects = [s for s in children(token, "nsubj") if is_nominal(s)]
        for noun, other in [(s, token) for s in subjects] + [(token, s) for s in subjects]:
            inner = [noun, *(c for c in children(noun, "nmod") if adposition(c) is None)]
            found = next(((n, r) for n in inner for w, r in table.items() if ends(n, frozenset({w}))), None)
            if found is None or is_negated(token, self.lexicon) or not is_nominal(other):
                continue
            owners = self._named([c for c in found[0].children if base(c.dep_) in {"nmod", "det"}], ACTORS, None)
            for owner in owners:
                targets = self._named([other], THINGS | {"Organization"}, owner.cluster)
                yield from self._pairs("voice:equated", found[1], owner, targets, token.i)
            return

    def _promise(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'erklärte, sie werde das Atomprogramm wieder aufnehmen': a speaker tells what they will do."""
        cue = self.lexicon.cue
        if clause.lemma not in cue("voice", "promising_verbs") | cue("attribution", "verbs") or clause.passive:
            return
        for subject in self._actors(clause, "subj"):
            for index in clause.args.get("comp", [])[:1]:
                told = self.doc[index]
                promised = clause.lemma in cue("voice", "promising_verbs") and any(c.dep_ == "aux:pass" for c in told.children)
                if is_nominal(told) or is_negated(told, self.lexicon) or not self._is_future(told, promised):
                    continue
                own = any(self._is_same(c, subject.cluster) for c in children(told, "nsubj"))
                topic = self.matcher._clause_topic(index)
                if topic is not None and (own or promised):
                    draft = self._draft("voice:promise", subject.cluster, "announces", topic, clause.head, subject.token)
                    draft.forced = "planned"
                    yield draft

    def _is_same(self, token: Token, cluster: Cluster) -> bool:
        """Whether a phrase stands for an actor: by its link, or as an unlinked pronoun of the third person."""
        found = self.links.of(token)
        return found is cluster or (found is None and token.pos_ == "PRON" and morph(token, "Person") == "3")

    def _is_future(self, verb: Token, passive: bool) -> bool:
        """With the auxiliary of the future or of a wish; a passive of today is promised, too."""
        cue = self.lexicon.cue
        helpers = [a for a in auxiliaries(verb) if a.dep_ != "aux:pass" or passive]
        infinitive = morph(verb, "VerbForm") == "Inf" or passive
        return infinitive and any(a.lemma_ in cue("auxiliaries", "future") | cue("voice", "intending") for a in helpers)

    def _announced(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'kündigte an, dass der Verein verboten wird': the one who announces it does it."""
        cue, governor = self.lexicon.cue, verb.head
        lemma = predicate_lemma(governor)
        if lemma not in cue("voice", "announcing_verbs") or not clause.passive or clause.args.get("subj"):
            return
        if base(verb.dep_) not in {"ccomp", "parataxis"} and not (base(governor.dep_) == "parataxis" and governor.head == verb):
            return
        actors = [c.i for c in children(governor, "nsubj") if self.matcher._filler(c.i, ACTORS, True) is not None]
        told = replace(clause, args=clause.args | {"subj": actors}, rule=clause.rule + " + voice:announced")
        for draft in self.matcher.drafts(told) if actors else ():
            if draft.relation in cue("voice", "announced"):
                draft.forced = "planned"
                yield draft

    def _project(self, clause: Clause, verb: Token) -> Iterator[Draft]:
        """'will den Bau eines Hafens vorantreiben': what somebody wants to bring about by themselves is announced."""
        cue = self.lexicon.cue
        wants = any(a.lemma_ in cue("stance", "wish") for a in auxiliaries(verb))
        striven = clause.lemma in cue("voice", "striving_verbs")
        known = striven or clause.lemma in cue("voice", "project_verbs")
        if not wants or not known or clause.passive or self._is_hypothesis(verb):
            return
        targets = self._named([self.doc[i] for i in clause.args.get("obj", [])], THINGS, None)
        for subject in self._actors(clause, "subj") if not is_negated(verb, self.lexicon) else ():
            for draft in self._pairs("voice:project", "demands" if striven else "announces", subject, targets, verb.i):
                draft.forced = "asserted" if striven else "planned"
                yield draft
