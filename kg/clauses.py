"""Who does what to whom: predicates with their arguments in active-voice roles, as named rules over Universal Dependencies.

Roles: `subj`, `obj`, `dat`, `gen`, `comp`, `adv`, and preposition lemmas. Rules: `clause:active`, `clause:passive`,
`clause:object-first`, `clause:shared-subject` (coordination), `clause:control` (infinitives), `clause:relative`,
`clause:participle` (attributes), `clause:nominal` (nouns with their arguments), `clause:light-verb`,
`clause:shared-passive` (a bare participle beside a passive), `clause:shared-agent` (with its agent, too),
`clause:included` (members told of a group), `clause:companion` (of nouns like 'Zusammenarbeit' beside any verb).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from kg.lexicon import Lexicon, split_adjective, stem
from kg.syntax import (
    adposition,
    antecedent,
    base,
    children,
    conjuncts,
    is_nominal,
    is_role,
    predicate_lemma,
    same_sentence,
)
from kg.trees import Doc, Token
from kg.verb_clauses import Args, Clause, copular_clause, is_passive, participle_clause, prep_lemma, verb_clause

__all__ = ["Args", "Clause", "find_clauses", "is_passive", "nominal_clause", "noun_key", "prep_lemma"]


def nominal_clause(noun: Token, lemma: str, lexicon: Lexicon) -> Clause:
    """The clause of a noun with arguments: 'die Teilnahme von X an Y'."""
    args: Args = defaultdict(list)
    for child in sorted(noun.children, key=lambda t: t.i):
        if role := _nominal_role(child, lexicon):
            args[role] += [antecedent(m).i for m in ([child] if role == "comp" else conjuncts(child))]
    roles = [t.i for c in (noun, *noun.children) for t in (c, *c.children) if t.dep_ == "conj" and is_role(t)]
    if roles:
        args.setdefault(lexicon.grammar["prepositions"]["role"], sorted(set(roles)))
    if subjects := _predicate_subjects(noun, *(frozenset(lexicon.grammar["frames"][k]) for k in ("copular", "belonging"))):
        args["subj"] = subjects
    light, companion = _light_verb(noun, lexicon), _accompanies(noun, lexicon)
    near: Args = {}
    if light is not None:
        verb = verb_clause(light, lexicon)
        if not (set(verb.args.get("subj", [])) & {noun.i}):
            args["subj"] = verb.args.get("subj", [])
        near = {role: found for role, found in verb.args.items() if role not in {"subj", "obj"} and noun.i not in found}
    elif companion:
        args["subj"] = verb_clause(noun.head, lexicon).args.get("subj", [])
    for role, found in _adjacent(noun, lexicon).items():
        if role not in args:
            args[role] = found
    of = lexicon.grammar["prepositions"]["genitive"]
    if "gen" not in args and (whose := next((pool[p] for pool in (args, near) for p in of if pool.get(p)), None)):
        args["gen"] = list(whose)
    rule = "clause:light-verb" if light is not None else "clause:companion" if companion else ""
    return Clause(noun.i, lemma, True, " + ".join(filter(None, ("clause:nominal", rule))), dict(args), near)


def _adjacent(noun: Token, lexicon: Lexicon) -> Args:
    """Prepositional phrases that follow the noun without a gap, wherever the tree hangs them."""
    found: Args = defaultdict(list)
    doc, i = noun.doc, noun.i + 1
    while i < len(doc) and same_sentence(doc[i], noun):
        token = doc[i]
        if token.pos_ == "ADP" and token.dep_ == "case" and token.head.i > i and is_nominal(token.head):
            found[prep_lemma(token, lexicon)] += [m.i for m in conjuncts(token.head)]
            i = token.head.i + 1
        elif (
            base(token.dep_) in {"flat", "appos"}
            or (token.pos_ == "DET" and token.head.i > i)
            or (base(token.dep_) == "nmod" and adposition(token) is None)
        ):
            i += 1
        else:
            break
    return found


def _predicate_subjects(noun: Token, copular: frozenset[str], members: frozenset[str]) -> list[int]:
    """Of what a noun is said: the subject of its copula ('X ist Mitglied', 'X gehört zu den Gegnern'), or the name beside it."""
    owner = noun.head if noun.dep_ == "xcomp" and noun.head.lemma_ in copular else noun
    found = [c for n in dict.fromkeys((noun, owner)) for c in children(n, "nsubj")]
    if not found and noun.dep_ == "nsubj":
        verb = noun.head
        if any(c.dep_ == "cop" for c in verb.children) and is_nominal(verb):
            found = [verb]
        elif verb.lemma_ in copular:
            found = [
                c
                for c in verb.children
                if is_nominal(c) and c != noun and c.dep_ in {"xcomp", "obl:arg", "obj", "nsubj"} and adposition(c) is None
            ]
    if not found and base(noun.dep_) == "obl" and noun.head.lemma_ in members and adposition(noun) is not None:
        found = children(noun.head, "nsubj")
    if not found and base(noun.dep_) == "appos" and is_nominal(noun.head):
        found = [noun.head]
    return [antecedent(m).i for c in found for m in conjuncts(c)]


def _nominal_role(child: Token, lexicon: Lexicon) -> str | None:
    if child.dep_ == "det:poss":
        return "gen"
    if base(child.dep_) in {"nmod", "obl"}:
        case = adposition(child)
        return prep_lemma(case, lexicon) if case is not None else "gen"
    if base(child.dep_) in {"acl", "ccomp", "xcomp"} and child.dep_ != "acl:relcl" and not is_nominal(child):
        return "comp"
    if child.dep_ == "advmod" and child.lower_ in lexicon.grammar["pronouns"]:
        return str(lexicon.grammar["pronouns"][child.lower_])
    return None


def _accompanies(noun: Token, lexicon: Lexicon) -> bool:
    """'in Zusammenarbeit mit X' beside any verb: it is the subject's."""
    case = adposition(noun)
    return (
        noun.lemma_ in lexicon.grammar["frames"]["accompanying"]
        and base(noun.dep_) == "obl"
        and noun.head.pos_ == "VERB"
        and case is not None
        and prep_lemma(case, lexicon) in lexicon.grammar["prepositions"]["inside"]
    )


def _light_verb(noun: Token, lexicon: Lexicon) -> Token | None:
    verb = noun.head
    case = adposition(noun)
    if case is not None and prep_lemma(case, lexicon) not in lexicon.grammar["prepositions"]["light"]:
        return None
    if (
        base(noun.dep_) in {"obj", "obl", "nsubj"}
        and verb.pos_ == "VERB"
        and predicate_lemma(verb) in lexicon.cue("light", "verbs")
    ):
        return verb
    return None


def noun_key(lemma: str, lexicon: Lexicon) -> str | None:
    """The entry of the noun frames for a lemma: itself, or the last part of a compound ('Friedensverhandlung')."""
    last = lemma.rpartition("-")[2]
    if last in lexicon.noun_frames:
        return last
    for i in range(3, len(last) - 4):
        tail = last[i:].capitalize()
        if tail in lexicon.noun_frames:
            return tail
    return None


def _participle(token: Token, lexicon: Lexicon) -> str | None:
    """The verb of an attributive participle: of the past, or of the present if it has a phrase of its own."""
    if past := lexicon.participles.get(stem(token.text)):
        return past
    base_form = split_adjective(token.lower_)[0]
    lemma = base_form.removesuffix("d")
    phrases = any(base(c.dep_) in {"obl", "obj", "iobj"} for c in token.children)
    return lemma if base_form.endswith("nd") and phrases and lemma in lexicon.verb_frames else None


def find_clauses(doc: Doc, lexicon: Lexicon) -> Iterator[Clause]:
    """All verb clauses, and the clauses of attributes and nouns whose lemma has frames, in text order."""
    for token in doc:
        if token.pos_ in {"ADJ", "ADV", "VERB"} and (said := copular_clause(token, lexicon)) is not None:
            yield said
        elif token.pos_ == "VERB" or (token.pos_ == "AUX" and base(token.dep_) not in {"aux", "cop"}):
            if token.dep_ == "amod":
                yield participle_clause(token, lexicon.participles.get(stem(token.text), token.lemma_), lexicon)
            else:
                yield verb_clause(token, lexicon)
        elif token.pos_ == "ADJ" and token.dep_ in {"amod", "acl"} and (lemma := _participle(token, lexicon)):
            yield participle_clause(token, lemma, lexicon)
        elif token.pos_ == "NOUN" and (key := noun_key(token.lemma_, lexicon) or noun_key(token.text, lexicon)):
            yield nominal_clause(token, key, lexicon)
