"""Verbs, participles and copulas with their arguments in active-voice roles; the rules are told in `clauses`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from kg.lexicon import Lexicon, stem
from kg.syntax import (
    adposition,
    antecedent,
    auxiliaries,
    base,
    children,
    conjuncts,
    is_nominal,
    is_role,
    morph,
    predicate_lemma,
)
from kg.trees import Token

Args = dict[str, list[int]]


@dataclass(frozen=True, slots=True)
class Clause:
    """A predicate and its arguments.

    Attributes:
        head: index of the predicate token.
        lemma: verb lemma with its particle, or noun lemma.
        nominal: the predicate is a noun.
        rule: names of the clause rules that applied, joined by ' + '.
        args: role -> indices of the argument heads (clause heads for `comp`), nearest role first.
        near: further prepositional phrases that hang on an argument; a slot takes them if `args` has none.
        passive, reflexive: as they say.
    """

    head: int
    lemma: str
    nominal: bool
    rule: str
    args: Args = field(default_factory=dict)
    near: Args = field(default_factory=dict)
    passive: bool = False
    reflexive: bool = False


def prep_lemma(case: Token, lexicon: Lexicon) -> str:
    """The lemma of a preposition, its article taken off ('zum' -> 'zu')."""
    low = case.lower_
    return str(lexicon.grammar["contractions"].get(low, low))


def is_passive(verb: Token, lexicon: Lexicon) -> bool:
    """Passive, as the tree labels it or as a participle with an auxiliary of the future tells it ('werden')."""
    if any(c.dep_ in {"aux:pass", "nsubj:pass"} for c in verb.children):
        return True
    if morph(verb, "VerbForm") != "Part":
        return False
    helpers, sharing = auxiliaries(verb), _sharing(verb)
    if not helpers or (verb.dep_ != "conj" and sharing and min(t.i for t in helpers) > max(t.i for t in sharing)):
        return any(is_passive(other, lexicon) for other in sharing)
    return any(c.lemma_ in lexicon.cue("auxiliaries", "future") for c in helpers)


def _sharing(verb: Token) -> list[Token]:
    """The predicate from which a bare participle borrows its auxiliary ('wurde beschlossen und unterzeichnet')."""
    if verb.dep_ == "conj":
        return [verb.head] if morph(verb.head, "VerbForm") == "Part" else []
    following = (c for c in verb.children if c.dep_ == "conj" and morph(c, "VerbForm") == "Part")
    return [last for c in following for last in (_last_conjunct(c),) if auxiliaries(last)]


def _last_conjunct(verb: Token) -> Token:
    while not auxiliaries(verb) and (after := next((c for c in verb.children if c.dep_ == "conj" and c.i > verb.i), None)):
        verb = after
    return verb


def _arguments(verb: Token, lexicon: Lexicon) -> tuple[Args, Args]:
    """Arguments of a verb by surface role, and the phrases that hang on them."""
    args: Args = defaultdict(list)
    near: Args = defaultdict(list)
    before, several_before = None, False
    for child in sorted(verb.children, key=lambda t: t.i):
        role = before if _is_included(child, lexicon) else _role(child, lexicon)
        if role is None:
            continue
        if is_nominal(child) and not _opens_included(child, lexicon):  # 'darunter' tells some of several, where several are named
            several = morph(child, "Number") == "Plur"
            before, several_before = (role, several) if several >= several_before else (before, several_before)
        members = [child] if role == "comp" else _members(child, lexicon)
        if child.lower_ in lexicon.grammar["pronouns"]:
            members = _pointed_at(child, verb)
        for m in members:  # 'für ein freies Netz und gegen Überwachung'
            case = adposition(m) if m != child and role != "comp" else None
            told = prep_lemma(case, lexicon) if case is not None else role
            shared = role == "agent" and told in lexicon.grammar["prepositions"]["agent"]  # 'vom Bundestag und vom Bundesrat'
            args[role if shared else told].append(antecedent(m).i)
        if role in {"subj", "obj", "dat", "pass"} or base(child.dep_) == "obl":
            _attach_near(near, child, lexicon)
            args[lexicon.grammar["prepositions"]["role"]] += [t.i for t in child.children if t.dep_ == "conj" and is_role(t)]
    return args, near


def _is_included(token: Token, lexicon: Lexicon) -> bool:
    """A phrase that tells some of a group named before it ('mehrere Minister, darunter X')."""
    if not is_nominal(token):
        return False
    first = min((t for t in token.subtree if not t.is_punct), key=lambda t: t.i, default=token)
    none = any(c.lower_ in lexicon.cue("negation", "determiners") for c in token.children)
    opened = first.i < token.i and first.lower_ in lexicon.grammar["adverbs"]["included"]
    return not none and (opened or (first.i > 0 and _opens_included(first.nbor(-1), lexicon)))


def _opens_included(token: Token, lexicon: Lexicon) -> bool:
    """The pronoun of 'unter ihnen X', behind its preposition."""
    before = lexicon.grammar["adverbs"]["included_behind"].get(token.lower_)
    return before is not None and token.i > 0 and token.nbor(-1).lower_ == before


def _borrowed(verb: Token, passive: bool, lexicon: Lexicon) -> list[str]:
    """The names of the rules by which a clause takes its voice from another one, or members of a group as arguments."""
    voice = ["clause:shared-passive"] if passive and not auxiliaries(verb) else []
    told = any(_is_included(t, lexicon) for c in verb.children for t in (c, *c.children))
    return voice + (["clause:included"] if told else [])


def _members(token: Token, lexicon: Lexicon) -> list[Token]:
    """What is coordinated with a phrase, and those of it that it tells apart."""
    found = conjuncts(token)
    for member in list(found):
        told = (c for c in children(member, "nmod", "appos", "dep", "obl") if _is_included(c, lexicon))
        found += [m for c in told for m in conjuncts(c)]
    return found


def _pointed_at(adverb: Token, verb: Token) -> list[Token]:
    """The clause that a pronominal adverb announces ('dagegen, dass ...')."""
    clauses = (c for node in (adverb, verb) for c in children(node, "ccomp", "xcomp", "advcl", "acl"))
    return [c for c in clauses if c.i > adverb.i and not is_nominal(c)][:1]


def _attach_near(near: Args, phrase: Token, lexicon: Lexicon) -> None:
    for sub in children(phrase, "nmod"):
        if (case := adposition(sub)) is not None:
            near[prep_lemma(case, lexicon)] += [m.i for m in conjuncts(sub)]


def _role(child: Token, lexicon: Lexicon) -> str | None:
    dep = child.dep_
    if dep in {"nsubj", "csubj"}:
        return "subj"
    if dep in {"nsubj:pass", "csubj:pass"}:
        return "pass"
    if dep == "iobj":
        return "dat"
    if dep in {"ccomp", "xcomp"} and not is_nominal(child) and adposition(child) is None:
        return "comp"
    if dep == "ccomp" and child.pos_ == "ADJ":
        return _oblique(child, lexicon)
    if base(dep) in {"obj", "obl", "xcomp", "nmod"} or (dep == "compound:prt" and is_nominal(child)):
        return _oblique(child, lexicon)
    if dep == "advmod" and child.lower_ in lexicon.grammar["pronouns"]:
        return str(lexicon.grammar["pronouns"][child.lower_])
    return "adv" if dep == "advmod" and child.lower_ in lexicon.grammar["adverbs"]["place"] else None


def _oblique(child: Token, lexicon: Lexicon) -> str | None:
    if morph(child, "Reflex") == "Yes":
        return None
    if child.lower_ in lexicon.grammar["pronouns"]:
        return str(lexicon.grammar["pronouns"][child.lower_])
    if (case := adposition(child)) is not None:
        found = prep_lemma(case, lexicon)
        return "agent" if child.dep_ == "obl:agent" and found in lexicon.grammar["prepositions"]["agent"] else found
    if base(child.dep_) == "obj":
        return "obj"
    if morph(child, "Case") == "Gen":
        return "gen"
    return "dat" if morph(child, "Case") == "Dat" or child.dep_ == "obl:arg" else None


def _activate(args: Args, lexicon: Lexicon, passive: bool) -> Args:
    """Surface roles of the passive turned into those of the active voice."""
    if not passive:
        args["obj"] += args.pop("pass", [])
        args.setdefault(lexicon.grammar["prepositions"]["agent"][0], []).extend(args.pop("agent", []))
        return args
    objects = args.pop("pass", []) + args.pop("subj", [])
    agents = args.pop("agent", [])
    if not agents:
        agents = next((args.pop(p) for p in lexicon.grammar["prepositions"]["agent"] if args.get(p)), [])
    args["obj"] = objects + args.get("obj", [])
    args["subj"] = agents
    return args


def _shared_agents(verb: Token, lexicon: Lexicon) -> list[int]:
    """The agents that a bare participle shares with the one before it ('von der Polizei gestellt und getötet')."""
    bare = verb.dep_ == "conj" and all(c.dep_ in {"cc", "punct", "conj"} for c in verb.children)
    if not bare or not is_passive(verb.head, lexicon):
        return []
    return _activate(_arguments(verb.head, lexicon)[0], lexicon, True)["subj"]


def _governor(verb: Token) -> Token | None:
    """The predicate that lends a subjectless infinitive or conjunct its subject."""
    node = verb
    while node.dep_ in {"conj", "xcomp", "advcl", "ccomp", "acl", "parataxis"} and node.head != node:
        node = node.head
        if node.pos_ in {"VERB", "AUX"} or any(c.dep_ == "cop" for c in node.children):
            return node
    return None


def _control(verb: Token, lexicon: Lexicon, depth: int = 0) -> tuple[list[int], str]:
    """The subject that a predicate without its own one shares, and the rule that found it."""
    if verb.dep_ in {"amod", "acl"} and is_nominal(verb.head):
        return [], ""
    governor = _governor(verb)
    if governor is None or depth > 4:
        return [], ""
    infinitive = verb.dep_ in {"xcomp", "advcl", "ccomp", "acl"}
    if infinitive and (morph(verb, "VerbForm") == "Fin" or any(morph(a, "VerbForm") == "Fin" for a in auxiliaries(verb))):
        return [], ""
    args = _activate(_arguments(governor, lexicon)[0], lexicon, is_passive(governor, lexicon))
    rule = "clause:control" if infinitive else "clause:shared-subject"
    if infinitive and (lent := _object_control(governor, args, lexicon)):
        return lent, rule
    found = args.get("subj", [])
    if is_passive(governor, lexicon) and (not found or not infinitive):
        found = args.get("obj", [])  # what a coordinated clause shares is the subject on the surface
    return (found, rule) if found else _control(governor, lexicon, depth + 1)


def _object_control(verb: Token, args: Args, lexicon: Lexicon) -> list[int]:
    """The object or dative that verbs like 'auffordern' and 'vorwerfen' lend to their infinitive."""
    lemma = predicate_lemma(verb)
    if lemma in lexicon.cue("auxiliaries", "object_control"):
        return args.get("obj") or args.get("dat") or []
    return (args.get("dat") or args.get("obj") or []) if lemma in lexicon.cue("auxiliaries", "dative_control") else []


def verb_clause(verb: Token, lexicon: Lexicon) -> Clause:
    """The clause of a verb."""
    passive = is_passive(verb, lexicon)
    args, near = _arguments(verb, lexicon)
    args = _activate(args, lexicon, passive)
    rules = ["clause:passive" if passive else "clause:active"]
    if verb.dep_ == "acl:relcl":
        rules.append("clause:relative")
    rules += _borrowed(verb, passive, lexicon)
    shared = "obj" if passive else "subj"
    if passive and not args.get("subj") and (agents := _shared_agents(verb, lexicon)):
        args["subj"] = agents
        rules.append("clause:shared-agent")
    if not args.get(shared):
        found, rule = _control(verb, lexicon)
        if found:
            args[shared] = found + args.get(shared, [])
            rules.append(rule)
    reflexive = any(morph(c, "Reflex") == "Yes" or c.dep_ == "expl:pv" for c in verb.children)
    _speech(verb, args)
    args = {k: list(dict.fromkeys(v)) for k, v in args.items() if v}
    joined = _joined(verb, lexicon)
    if joined is not None:
        args = {role: kept for role, found in args.items() if (kept := [i for i in found if i != joined.i])}
        args = {**_arguments(joined, lexicon)[0], **args}  # 'Erfreut über das Urteil zeigte sich X'
    lemma = (joined.lower_ if joined is not None else "") + predicate_lemma(verb)
    if lemma not in lexicon.verb_frames:  # 'besuchten zusammen mit X'
        lemma = next((lemma.removeprefix(w) for w in lexicon.grammar["adverbs"]["company"] if lemma.startswith(w)), lemma)
    if lemma not in lexicon.verb_frames and morph(verb, "VerbForm") == "Part":
        lemma = lexicon.participles.get(stem(verb.text), lemma)
    return Clause(verb.i, lemma, False, " + ".join(rules), args, dict(near), passive, reflexive)


def _joined(verb: Token, lexicon: Lexicon) -> Token | None:
    """An adjective without a subject of its own that the frames know as one verb with the predicate ('bekannt geben')."""
    lemma = predicate_lemma(verb)
    words = (c for c in verb.children if c.pos_ in {"ADJ", "ADV", "VERB"} and morph(c, "VerbForm") != "Fin")
    bare = (c for c in words if all(base(g.dep_) in {"advmod", "obl", "nmod"} for g in c.children))
    return next((c for c in bare if c.lower_ + lemma in lexicon.verb_frames), None)


def copular_clause(adjective: Token, lexicon: Lexicon) -> Clause | None:
    """The clause of a predicative adjective that the frames know with its copula ('stolz sein')."""
    known = next((k for c in auxiliaries(adjective) if (k := adjective.lower_ + c.lemma_) in lexicon.verb_frames), None)
    if known is None:
        return None
    args, near = _arguments(adjective, lexicon)
    args["subj"] += args.pop("pass", [])  # a participle with its auxiliary looks like a passive
    args = _activate(args, lexicon, False)
    rule = "clause:copular"
    if not args["subj"]:
        args["subj"], shared = _control(adjective, lexicon)
        rule += f" + {shared}" if shared else ""
    args = {k: list(dict.fromkeys(v)) for k, v in args.items() if v}
    return Clause(adjective.i, known, False, rule, args, dict(near))


def _speech(verb: Token, args: Args) -> None:
    """Direct speech beside a verb of saying counts as its complement."""
    if not args.get("comp"):
        found = [c.i for c in children(verb, "parataxis") if not is_nominal(c)]
        if verb.dep_ == "parataxis" and not is_nominal(verb.head):
            found.append(verb.head.i)
        if found:
            args["comp"] = found


def participle_clause(token: Token, lemma: str, lexicon: Lexicon) -> Clause:
    """The clause of an attributive participle: 'der von der Polizei festgenommene Politiker'."""
    args, near = _arguments(token, lexicon)
    noun = first_noun(token)
    present = token.text.rstrip("enmrs").endswith("nd")
    args["subj" if present else "pass"] = [noun.i]
    args = _activate(args, lexicon, not present)
    args = {k: v for k, v in args.items() if v}
    return Clause(token.i, lemma, False, "clause:participle", args, dict(near), not present)


def first_noun(token: Token) -> Token:
    """The noun that an attribute modifies."""
    while token.dep_ in {"conj", "amod", "acl"} and token.head != token:
        token = token.head
        if is_nominal(token):
            break
    return token
