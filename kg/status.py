"""How a predicate is asserted: negated, planned, possible, ended or plainly asserted.

Rules: `status:negation`, `status:modal`, `status:future`, `status:subjunctive`, `status:adverb`, `status:conditional`,
`status:question`, `status:governor` (the verb or noun above tells), `status:attribute` (an adjective of a noun tells).
"""

from __future__ import annotations

from collections.abc import Iterator

from kg.lexicon import Lexicon
from kg.syntax import Sentences, auxiliaries, base, children, finite, is_nominal, morph, predicate_lemma
from kg.trees import Token

Verdict = tuple[str, str]
ASSERTED: Verdict = ("asserted", "")
RANK = {"negated": 3, "possible": 2, "planned": 1, "ended": 1, "asserted": 0}


def strongest(verdicts: Iterator[Verdict] | list[Verdict]) -> Verdict:
    """The verdict that overrides the others: negated, possible, planned, asserted."""
    return max(verdicts, key=lambda v: RANK[v[0]], default=ASSERTED)


def starts_any(word: str, stems: frozenset[str]) -> bool:
    """Whether an inflected adjective belongs to one of the lemmas."""
    low = word.lower()
    return any(low.startswith(s) and len(low) - len(s) <= 2 for s in stems)


def is_negated(token: Token, lexicon: Lexicon) -> bool:
    """A negation word on the predicate, its auxiliaries, or a determiner of its arguments."""
    adverbs, determiners = lexicon.cue("negation", "adverbs"), lexicon.cue("negation", "determiners")
    cancelled, pairs = lexicon.cue("negation", "cancelled_by"), lexicon.cue("negation", "conjunctions")
    predicative = [
        c for c in token.children if c.pos_ == "ADJ" and base(c.dep_) in {"ccomp", "xcomp", "advmod"} and finite(c) is None
    ]
    for node in (token, *auxiliaries(token), *predicative):
        for child in node.children:
            follows = child.nbor(1).lower_ if child.i + 1 < len(child.doc) else ""
            adverbial = base(child.dep_) in {"advmod", "neg", "dep", "discourse"}
            if child.lower_ in adverbs and follows not in cancelled and adverbial and _contrast(child, token) is None:
                return True
            if child.lower_ in determiners and base(child.dep_) in {"det", "nsubj", "obj"}:
                return True
            if base(child.dep_) in {"nsubj", "obj", "obl"} and any(
                g.lower_ in determiners or (g.lower_ in pairs and g.dep_ in {"cc", "advmod", "det"}) for g in child.children
            ):
                return True
    return False


def contrasted(verb: Token, lexicon: Lexicon) -> Token | None:
    """Of whom the opposite is told without a verb: 'X unterstützt den Plan, Y dagegen nicht'."""
    negations = lexicon.cue("negation", "adverbs")
    words = (c for c in verb.children if c.i > verb.i and c.lower_ in negations)
    return next((found for c in words if (found := _contrast(c, verb)) is not None), None)


def _contrast(negation: Token, verb: Token) -> Token | None:
    """The one phrase between the last comma and a negation that ends its clause, if the verb has its object before them."""
    doc, i = negation.doc, negation.i
    if i < verb.i or (i + 1 < len(doc) and not doc[i + 1].is_punct):
        return None
    while i > verb.i and doc[i].text != ",":
        i -= 1
    between = doc[i + 1 : negation.i]
    if i <= verb.i or any(t.pos_ in {"VERB", "AUX", "ADP", "SCONJ"} for t in between):
        return None
    heads = [t for t in between if is_nominal(t) and not i < t.head.i < negation.i]
    complete = any(base(c.dep_) in {"obj", "iobj", "ccomp", "xcomp"} or c.dep_ == "obl:arg" for c in verb.children if c.i < i)
    return heads[0] if len(heads) == 1 and complete else None


def _modal(token: Token, lexicon: Lexicon) -> Iterator[Verdict]:
    perfect = morph(token, "VerbForm") == "Part" and any(
        a.lemma_ in lexicon.cue("auxiliaries", "perfect") for a in auxiliaries(token)
    )
    for aux in auxiliaries(token):
        lemma, subjunctive = aux.lemma_, morph(aux, "Mood") == "Sub"
        past = morph(aux, "Tense") == "Past"
        if lemma in lexicon.cue("hearsay", "modals") and perfect and not past:
            yield "possible", "status:modal"
        elif lemma in lexicon.cue("modals", "possible"):
            if (subjunctive and past) or not past:
                yield "possible", "status:modal"
        elif lemma in lexicon.cue("modals", "compelling") and past and not subjunctive:
            continue  # 'musste zurücktreten' tells that it happened
        elif lemma in lexicon.cue("modals", "plan") | lexicon.cue("modals", "required") and lemma not in lexicon.cue(
            "auxiliaries", "perfect"
        ):
            if lemma not in lexicon.cue("auxiliaries", "future"):
                yield "planned", "status:modal"
            elif morph(token, "VerbForm") == "Inf" or any(morph(a, "VerbForm") == "Inf" for a in auxiliaries(token) if a != aux):
                yield ("possible" if subjunctive and past else "planned"), "status:future"


def _mood(token: Token, lexicon: Lexicon) -> Iterator[Verdict]:
    verb = finite(token)
    if (
        verb is not None
        and verb.lower_ in lexicon.cue("modals", "hypothetical_forms")
        and verb.lemma_ not in lexicon.cue("auxiliaries", "future")
    ):
        yield "possible", "status:subjunctive"
    for child in children(token, "mark"):
        if child.lower_ in lexicon.cue("conditional", "strict") or child.lower_ in lexicon.cue("conditional", "subjunctions"):
            yield "possible", "status:conditional"
    sentences = Sentences.of(token.doc)
    end = sentences.span(sentences.number(token.i))[1]
    if token.dep_ == "ROOT" and any(t.text == "?" for t in token.doc[max(token.i, end - 3) : end]):
        yield "possible", "status:question"


def _adverbs(token: Token, lexicon: Lexicon) -> Iterator[Verdict]:
    phrases = [c for c in children(token, "obl") if is_nominal(c)]  # 'möglicherweise noch im Juli'
    for node in (token, *auxiliaries(token), *phrases):
        for child in children(node, "advmod"):
            if child.lower_ in lexicon.cue("possibility", "adverbs") or child.lower_ in lexicon.cue("hearsay", "adverbs"):
                yield "possible", "status:adverb"
            elif node not in phrases and child.lower_ in lexicon.cue("plan", "adverbs"):
                yield "planned", "status:adverb"


def _attributes(token: Token, lexicon: Lexicon) -> Iterator[Verdict]:
    for child in children(token, "amod"):
        if starts_any(child.text, lexicon.cue("possibility", "adjectives")):
            yield "possible", "status:attribute"
        elif starts_any(child.text, lexicon.cue("plan", "adjectives")):
            yield "planned", "status:attribute"
    if any(c.lower_ in lexicon.cue("negation", "determiners") for c in token.children):
        yield "negated", "status:negation"
    if any(c.dep_ == "case" and c.lower_ in lexicon.cue("negation", "prepositions") for c in token.children):
        yield "negated", "status:negation"


def local(token: Token, lexicon: Lexicon) -> Verdict:
    """What the predicate's own clause tells."""
    if is_nominal(token) and not any(c.dep_ == "cop" for c in token.children):
        return strongest(list(_attributes(token, lexicon)))
    verdicts = [("negated", "status:negation")] if is_negated(token, lexicon) else []
    return strongest([*verdicts, *_modal(token, lexicon), *_mood(token, lexicon), *_adverbs(token, lexicon)])


def _governed(token: Token, lexicon: Lexicon) -> Iterator[Verdict]:
    """What the verbs and nouns above tell of their complement."""
    node, steps = token, 0
    while node.head != node and steps < 4:
        head, dep, steps = node.head, base(node.dep_), steps + 1
        if dep in {"acl", "ccomp", "csubj", "xcomp", "obj", "obl", "nmod", "nsubj", "advcl"} and node.dep_ != "acl:relcl":
            lemma = head.lemma_ if is_nominal(head) else predicate_lemma(head)
            yield from _complement(token, node, head, lemma, lexicon)
        elif dep == "conj" and not is_nominal(node) and finite(node) is None:
            yield local(head, lexicon)
        elif dep != "conj" and node.dep_ != "acl:relcl":
            return
        if node.dep_ == "acl:relcl" or dep in {"advcl", "parataxis"}:
            return
        node = head


def _sets_goal(verb: Token, lexicon: Lexicon) -> bool:
    """'setzte sich das Ziel, ... zu ...': the noun of a plan beside the verb on which the tree hangs its infinitive."""
    return any(c.lemma_ in lexicon.cue("plan", "nouns") for c in children(verb, "obj"))


def _complement(token: Token, node: Token, head: Token, lemma: str, lexicon: Lexicon) -> Iterator[Verdict]:
    dep, nominal = base(node.dep_), is_nominal(node)
    direct = node == token
    opener = {c.lower_ for c in node.children if c.dep_ == "mark"}
    if opener & lexicon.cue("negation", "prepositions"):
        yield "negated", "status:governor"
    elif not nominal and dep in {"ccomp", "csubj", "xcomp"} and (judged := _judged(head, lexicon)):
        yield judged, "status:governor"
    elif dep == "advcl" and opener & lexicon.cue("conditional", "purpose"):
        yield "planned", "status:governor"
    elif direct and nominal and dep == "nsubj" and morph(head, "VerbForm") == "Part":
        if lemma in lexicon.cue("plan", "verbs"):  # 'ist ein Treffen geplant'
            yield "planned", "status:governor"
    elif dep == "advcl" or (nominal and dep == "nsubj"):
        return
    elif lemma in (lexicon.cue("implicative", "nouns") if is_nominal(head) else lexicon.cue("implicative", "verbs")):
        if direct and not (nominal and dep == "obl") and token.lemma_ not in lexicon.cue("implicative", "speech_nouns"):
            yield "negated", "status:governor"
    elif lemma in (lexicon.cue("plan", "nouns") if is_nominal(head) else lexicon.cue("plan", "verbs")) or (
        not nominal and not is_nominal(head) and _sets_goal(head, lexicon)
    ):
        wanted = not nominal or (dep in {"obj", "nmod"} and direct and not is_nominal(head))
        if wanted and (nominal or morph(node, "VerbForm") != "Fin" or node.dep_ in {"ccomp", "xcomp", "acl"}):
            yield "planned", "status:governor"
    elif not nominal and not is_nominal(head) and dep == "xcomp":
        yield local(head, lexicon)


def _judged(predicate: Token, lexicon: Lexicon) -> str:
    """What an adjective makes of its clause: 'ausgeschlossen, dass' negates it, 'nicht ausgeschlossen' leaves it open."""
    if not any(c.dep_ == "cop" for c in predicate.children):
        return ""
    if {predicate.lemma_, predicate.lower_} & lexicon.cue("implicative", "adjectives"):
        return "possible" if is_negated(predicate, lexicon) else "negated"
    return "possible" if {predicate.lemma_, predicate.lower_} & lexicon.cue("possibility", "adjectives") else ""


def _stands(token: Token, lexicon: Lexicon) -> bool:
    """A noun of a speech act under a full verb: what becomes of a demand does not undo that it was made."""
    light = predicate_lemma(token.head) in lexicon.cue("light", "verbs")
    return token.lemma_ in lexicon.cue("implicative", "speech_nouns") and not light


def assess(token: Token, lexicon: Lexicon) -> Verdict:
    """The status of the predicate and the rule that told it."""
    verdicts = [local(token, lexicon), *_governed(token, lexicon)]
    argument = base(token.dep_) in {"obj", "obl", "nsubj"} and not is_nominal(token.head)
    if is_nominal(token) and argument and not _stands(token, lexicon):
        verdicts.append(local(token.head, lexicon))
    return strongest(verdicts)
