"""Rules of deeds: shared passives, told members of groups, unnamed actors, words for companions, on hand-built trees."""

from __future__ import annotations

import pytest
from trees import tree

from kg.clauses import Clause, find_clauses, is_passive
from kg.frames import Matcher
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions, phrase_name
from kg.syntax import antecedent

PARTICIPLE = "VerbForm=Part"
FINITE = "Mood=Ind|VerbForm=Fin"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def clauses(text: str, lexicon: Lexicon) -> dict[str, Clause]:
    return {c.lemma: c for c in find_clauses(tree(text), lexicon)}


def facts(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> set[tuple[str, str, str, str]]:
    doc = tree(text, *names)
    matcher = Matcher(link(doc, find_mentions(doc, lexicon), lexicon))
    told = lambda c: c.entity().name if c else "-"  # noqa: E731
    drafts = (d for c in find_clauses(doc, lexicon) for d in matcher.drafts(c))
    return {(told(d.subject), d.relation, told(d.object), d.rule) for d in drafts}


SHARED = f"""
Das der DET 2 det
Gesetz Gesetz NOUN 4 nsubj:pass Case=Nom|Gender=Neut|Number=Sing
wurde werden AUX 4 aux:pass {FINITE}
beschlossen beschließen VERB 0 root {PARTICIPLE}
und und CCONJ 8 cc
von von ADP 7 case
Norwegen Norwegen PROPN 8 obl Case=Dat
unterzeichnet unterzeichnen VERB 4 conj {PARTICIPLE}
. . PUNCT 4 punct
"""

RELATIVE = f"""
Holm Holm PROPN 9 nsubj Case=Nom
, , PUNCT 4 punct
der der PRON 4 nsubj Case=Nom|Gender=Masc|Number=Sing|PronType=Rel PRELS
entführt entführen VERB 1 acl:relcl {PARTICIPLE}
und und CCONJ 6 cc
freigelassen freilassen VERB 4 conj {PARTICIPLE}
worden werden AUX 6 aux:pass VerbForm=Part
war sein AUX 6 aux {FINITE}
schweigt schweigen VERB 0 root {FINITE}
. . PUNCT 9 punct
"""


def test_a_bare_participle_shares_the_passive_before_it(lexicon: Lexicon) -> None:
    assert is_passive(tree(SHARED)[7], lexicon)
    rule = "clause:passive + clause:shared-passive + clause:shared-subject + frame:unterzeichnen>signs"
    assert ("Norwegen", "signs", "Gesetz", rule) in facts(SHARED, lexicon)


def test_a_bare_participle_shares_the_passive_after_it(lexicon: Lexicon) -> None:
    assert is_passive(tree(RELATIVE)[3], lexicon)
    found = facts(RELATIVE, lexicon, (0, 0, "PER"))
    assert {("-", "arrests", "Holm"), ("-", "releases", "Holm")} <= {f[:3] for f in found}


def test_a_bare_participle_after_a_perfect_is_active(lexicon: Lexicon) -> None:
    text = SHARED.replace("wurde werden AUX 4 aux:pass", "hat haben AUX 4 aux").replace("nsubj:pass", "nsubj")
    assert not is_passive(tree(text)[7], lexicon)


def anchored(gender: str) -> str:
    return f"""
Anschlag Anschlag NOUN 8 nsubj Case=Nom|Gender=Masc|Number=Sing
auf auf ADP 3 case
Moschee Moschee NOUN 1 nmod Case=Acc|Gender=Fem|Number=Sing
, , PUNCT 7 punct
bei bei ADP 6 case
dem der PRON 7 obl Case=Dat|Gender={gender}|Number=Sing|PronType=Rel PRELS
geschah geschehen VERB 3 acl:relcl {FINITE}
schockiert schockieren VERB 0 root {FINITE}
"""


@pytest.mark.parametrize(("gender", "noun"), [("Masc", "Anschlag"), ("Fem", "Moschee"), ("Neut", "Moschee")])
def test_a_relative_pronoun_stands_for_the_noun_with_which_it_agrees(gender: str, noun: str) -> None:
    assert antecedent(tree(anchored(gender))[5]).text == noun


INCLUDED = f"""
Mehrere mehrere DET 2 det
Minister Minister NOUN 8 nsubj Case=Nom|Gender=Masc|Number=Plur
, , PUNCT 5 punct
darunter darunter ADV 5 advmod
Holm Holm PROPN 2 nmod Case=Nom
, , PUNCT 5 punct
haben haben AUX 8 aux {FINITE}
kritisiert kritisieren VERB 0 root {PARTICIPLE}
Norwegen Norwegen PROPN 8 obj Case=Acc
. . PUNCT 8 punct
"""


def test_members_told_of_a_group_act_with_it(lexicon: Lexicon) -> None:
    rule = "clause:active + clause:included + frame:kritisieren>criticizes"
    assert ("Holm", "criticizes", "Norwegen", rule) in facts(INCLUDED, lexicon, (4, 4, "PER"))


def test_members_told_after_the_verb_take_the_role_of_the_group(lexicon: Lexicon) -> None:
    assert clauses(INCLUDED.replace("Holm PROPN 2 nmod", "Holm PROPN 8 obl"), lexicon)["kritisieren"].args["subj"] == [1, 4]


def test_a_group_is_not_named_by_the_members_told_of_it() -> None:
    assert phrase_name(tree(INCLUDED)[1]) == "Minister"


def test_without_the_word_for_membership_a_phrase_is_no_member(lexicon: Lexicon) -> None:
    text = INCLUDED.replace("darunter darunter", "gestern gestern")
    assert clauses(text, lexicon)["kritisieren"].args["subj"] == [1]


COMPANION = f"""
Norwegen Norwegen PROPN 2 nsubj Case=Nom
baut bauen VERB 0 root {FINITE}
in in ADP 4 case
Zusammenarbeit Zusammenarbeit NOUN 2 obl Case=Dat|Gender=Fem|Number=Sing
mit mit ADP 6 case
Schweden Schweden PROPN 4 nmod Case=Dat
Schiffe Schiff NOUN 2 obj Case=Acc|Gender=Neut|Number=Plur
. . PUNCT 2 punct
"""


def test_a_companion_is_the_subjects_whatever_the_verb(lexicon: Lexicon) -> None:
    rule = "clause:nominal + clause:companion + frame:Zusammenarbeit>cooperates_with"
    assert ("Norwegen", "cooperates_with", "Schweden", rule) in facts(COMPANION, lexicon)


def test_a_companion_needs_its_preposition(lexicon: Lexicon) -> None:
    assert not facts(COMPANION.replace("in in ADP", "trotz trotz ADP"), lexicon)


UNNAMED = f"""
Ein ein DET 2 det PronType=Art
Extremist Extremist NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing
erschoss erschießen VERB 0 root {FINITE}
Holm Holm PROPN 3 obj Case=Acc
. . PUNCT 3 punct
"""


def test_of_deeds_of_violence_the_one_described_is_the_actor(lexicon: Lexicon) -> None:
    found = facts(UNNAMED, lexicon, (3, 3, "PER"))
    assert ("Extremist", "kills", "Holm", "clause:active + actor:unnamed + frame:erschießen>kills") in found


def test_of_other_deeds_the_one_described_is_no_actor(lexicon: Lexicon) -> None:
    assert not facts(UNNAMED.replace("erschoss erschießen", "lobte loben"), lexicon, (3, 3, "PER"))


KILLED = f"""
Zwei zwei NUM 2 nummod
Männer Mann NOUN 6 nsubj:pass Case=Nom|Gender=Masc|Number=Plur
und und CCONJ 4 cc
Holm Holm PROPN 2 conj Case=Nom
wurden werden AUX 6 aux:pass {FINITE}
hingerichtet hinrichten VERB 0 root {PARTICIPLE}
. . PUNCT 6 punct
"""


def test_who_did_it_may_stay_untold_only_of_those_who_are_named(lexicon: Lexicon) -> None:
    assert {f[:3] for f in facts(KILLED, lexicon, (3, 3, "PER"))} == {("-", "kills", "Holm")}


def test_a_phrase_that_the_tree_calls_agent_needs_the_preposition_of_one(lexicon: Lexicon) -> None:
    text = SHARED.replace("von von ADP", "laut laut ADP").replace("Norwegen PROPN 8 obl", "Norwegen PROPN 8 obl:agent")
    assert "subj" not in clauses(text, lexicon)["unterzeichnen"].args


ROLES = [("Botschafter", True), ("Politikerin", True), ("Botschaft", False), ("Bundesrat", False)]


@pytest.mark.parametrize(("word", "first"), ROLES)
def test_a_word_for_a_person_is_told_from_the_noun_it_is_made_of(word: str, first: bool, lexicon: Lexicon) -> None:
    assert lexicon.is_role_first(word) == first
