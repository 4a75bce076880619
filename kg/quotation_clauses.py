"""Which clause is said: what a verb or noun of saying governs, wherever the parser hung it."""

from __future__ import annotations

from kg.quotation_parts import Saying, below
from kg.syntax import base, children, finite, is_nominal, morph
from kg.trees import Token

COMPLEMENTS = frozenset({"ccomp", "xcomp", "csubj"})


def _is_told(form: Token) -> bool:
    """A finite form of the past that tells, and is no Konjunktiv."""
    return morph(form, "Mood") == "Ind" and morph(form, "Tense") == "Past"


def _ends_infinitive(token: Token) -> bool:
    """An infinitive, with 'zu' in it or before it."""
    return token.tag_ in {"VVINF", "VVIZU", "VAINF", "VMINF"}


class Clauses(Saying):
    """Tells said clauses from others."""

    def turned(self, said: Token) -> set[int]:
        """'..., sie müsse handeln, und lobte ...': what tells of the speaker again, in the indicative and without subject."""
        if morph(finite(said) or said, "Mood") != "Sub":
            return set()
        more = [c for c in children(said, "conj") if not children(c, "nsubj")]
        again = [c for c in more if (form := finite(c)) is not None and _is_told(form)]
        return set().union(*(below(c) for c in again)) if again else set()

    def continued(self, verb: Token, quote: set[int]) -> set[int]:
        """What goes on with the clause that was said, though it hangs on the verb: '... zu kommen und ... zu bringen'."""
        own, more = finite(verb), set[int]()
        if not quote or own is None:
            return more
        last = self.doc[max(quote)]
        for child in (c for c in verb.children if c.i > last.i):
            form, loose = finite(child), _ends_infinitive(last) and child.left_edge.i <= last.i + 2
            infinitive = form is None and self.is_infinitive(child)
            turned = form is not None and morph(form, "Mood") == "Sub" != morph(own, "Mood") and not children(child, "nsubj")
            if (child.dep_ == "conj" and (infinitive or turned)) or (base(child.dep_) == "advcl" and infinitive and loose):
                more |= below(child)
        return more

    def shared(self, verb: Token, quote: set[int]) -> set[int]:
        """'lobte den Plan und forderte, ... zu': the clause that hangs on the first of two verbs, behind the second."""
        first = verb.head
        if quote or verb.dep_ != "conj" or is_nominal(first):
            return set()
        said = [c for c in first.children if c.i > verb.i and c.dep_ in {"ccomp", "xcomp"} and self.is_said(c, verb)]
        return below(said[0]) if said else set()

    def correlates(self, verb: Token) -> list[Token]:
        """'davon', 'damit', 'darauf', which stand for the clause."""
        known = self.lexicon.cue("quotation", "correlates")
        return [c for c in verb.children if c.lower_ in known]

    def is_said(self, child: Token, verb: Token) -> bool:
        """Whether a dependent is a clause that the verb presents as said."""
        dep, marked = base(child.dep_), self._is_marked(child)
        if child.i > verb.i and self.is_loose(child):
            return True
        if dep in COMPLEMENTS:
            return marked or self.is_infinitive(child) or self._is_free(child)
        if dep in {"advcl", "acl"} and child.dep_ != "acl:relcl":
            return child.i > verb.i and self._is_content(child)
        return dep == "parataxis" and child.i > verb.i and self._is_free(child)

    def is_loose(self, child: Token) -> bool:
        """A clause in Konjunktiv with a subject and without a conjunction, which the parser took for another kind of clause."""
        form, opening = finite(child), {"cc", "mark"}
        if base(child.dep_) not in {"conj", "advcl", "acl"} or form is None or morph(form, "Mood") != "Sub":
            return False
        joined = any(c.dep_ in opening and c.i < form.i for c in child.children)
        return not joined and bool(children(child, "nsubj")) and not self._is_marked(child) and self._is_free(child)

    def _is_free(self, verb: Token) -> bool:
        """A clause without conjunction: finite, and set off by a comma or colon or at an end of the sentence."""
        left = verb.left_edge.i
        if any(t.tag_.startswith("PREL") for t in self.doc[left : left + 3]):
            return False
        edges = {self.doc[left].text, self.doc[max(0, left - 1)].text}
        return finite(verb) is not None and (bool(edges & {",", ":", "–", "-"}) or left <= verb.sent.start + 1)

    def is_plain(self, child: Token) -> bool:
        """An indicative clause without conjunction, which only verbs of saying govern."""
        verb = finite(child)
        return verb is not None and not self._is_marked(child) and morph(verb, "Mood") != "Sub"

    def _is_marked(self, child: Token) -> bool:
        """A clause with a conjunction, or with a question word at its beginning."""
        opening = range(child.left_edge.i, child.left_edge.i + 4)
        known = self.lexicon.cue("quotation", "complementizers")
        words = [c for c in child.children if not c.is_punct]  # of 'wie folgt', one only
        return len(words) > 1 and any(c.lower_ in known and (c.dep_ == "mark" or c.i in opening) for c in words)

    def _is_content(self, child: Token) -> bool:
        """A clause with 'dass' or 'ob', but not 'so dass'."""
        known, so = self.lexicon.cue("quotation", "content_conjunctions"), self.lexicon.cue("quotation", "so")
        return any(c.lower_ in known and self.doc[max(0, c.i - 1)].lower_ not in so for c in child.children)

    def is_infinitive(self, verb: Token) -> bool:
        particle = self.lexicon.cue("quotation", "infinitive")
        left = verb.left_edge.i
        comma = "," in {self.doc[left].text, self.doc[max(0, left - 1)].text}
        bare = verb.tag_ in {"VVINF", "VVIZU"} and finite(verb) is None
        return any(c.lower_ in particle for c in verb.children) or (bare and comma)
