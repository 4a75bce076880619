"""Those who act together, gifts, protesters, stand-ins and misplaced arguments, on hand-built trees."""

from __future__ import annotations

import pytest
from trees import tree

from kg.clauses import find_clauses
from kg.drafts import Draft
from kg.forces import give_owners
from kg.frames import Matcher
from kg.gifts import Gifts
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.protesters import Protesters
from kg.reciprocal import Reciprocal
from kg.repair import repair
from kg.standing_in import StandingIn

FINITE = "Mood=Ind|VerbForm=Fin"
PLURAL = "Mood=Ind|Number=Plur|VerbForm=Fin"
NOM = "Case=Nom|Number=Plur"

Told = set[tuple[str, str, str]]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def drafts(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> list[Draft]:
    """All drafts of frames, reciprocal relations, gifts, protests and stand-ins."""
    doc = tree(text, *names)
    repair(doc, lexicon)
    matcher = Matcher(link(doc, find_mentions(doc, lexicon), lexicon))
    clauses = list(find_clauses(doc, lexicon))
    known = [d for c in clauses for d in matcher.drafts(c)]
    known += StandingIn(matcher).drafts(clauses, known)
    known += Gifts(matcher).drafts(clauses, known)
    known += Reciprocal(matcher).drafts(clauses, known)
    known += Protesters(matcher).drafts(clauses, known)
    give_owners(matcher, clauses, known)
    return known


def facts(text: str, lexicon: Lexicon, *names: tuple[int, int, str], rule: str = "") -> Told:
    """The facts whose rule contains `rule`."""
    told = lambda c: c.entity().name if c else "-"  # noqa: E731
    return {(told(d.subject), d.relation, told(d.object)) for d in drafts(text, lexicon, *names) if rule in d.rule}


TALKS = f"""
Ungarn Ungarn PROPN 4 nsubj Case=Nom
und und CCONJ 3 cc
Serbien Serbien PROPN 1 conj Case=Nom
nahmen nehmen VERB 0 root {PLURAL}
Verhandlungen Verhandlung NOUN 4 obj Case=Acc|Number=Plur
auf auf ADP 4 compound:prt
. . PUNCT 4 punct
"""


def test_the_members_of_a_subject_do_it_with_each_other(lexicon: Lexicon) -> None:
    assert ("Ungarn", "negotiates_with", "Serbien") in facts(TALKS, lexicon, rule="pair:subjects")


def test_who_only_offers_talks_may_have_another_partner(lexicon: Lexicon) -> None:
    offered = TALKS.replace("nahmen nehmen", "boten bieten").replace("auf auf", "an an")
    assert not {f for f in facts(offered, lexicon) if f[1] == "negotiates_with"}


def test_another_party_that_is_told_makes_no_pair(lexicon: Lexicon) -> None:
    told = TALKS.replace(
        "auf auf ADP 4 compound:prt", "mit mit ADP 7 case\nPolen Polen PROPN 5 nmod Case=Dat\nauf auf ADP 4 compound:prt"
    )
    found = {f for f in facts(told, lexicon) if f[1] == "negotiates_with"}
    assert found == {("Ungarn", "negotiates_with", "Polen"), ("Serbien", "negotiates_with", "Polen")}


REPRESENTED = f"""
Die der DET 2 det
Außenminister Außenminister NOUN 6 nsubj {NOM}
Polens Polen PROPN 2 nmod Case=Gen
und und CCONJ 5 cc
Norwegens Norwegen PROPN 3 conj Case=Gen
verhandelten verhandeln VERB 0 root {PLURAL}
. . PUNCT 6 punct
"""


def test_a_plural_stands_for_its_genitives(lexicon: Lexicon) -> None:
    assert ("Polen", "negotiates_with", "Norwegen") in facts(REPRESENTED, lexicon, rule="pair:represented")


def test_a_singular_stands_for_nobody_else(lexicon: Lexicon) -> None:
    assert not facts(REPRESENTED.replace(NOM, "Case=Nom|Number=Sing"), lexicon, rule="pair:")


BOTH = f"""
Indien Indien PROPN 2 nsubj Case=Nom
bekämpft bekämpfen VERB 0 root {FINITE}
Pakistan Pakistan PROPN 2 obj Case=Acc
. . PUNCT 2 punct

Beide beide DET 2 det
Seiten Seite NOUN 3 nsubj {NOM}
verhandeln verhandeln VERB 0 root {PLURAL}
. . PUNCT 3 punct
"""


def test_both_sides_are_the_two_actors_before(lexicon: Lexicon) -> None:
    assert ("Indien", "negotiates_with", "Pakistan") in facts(BOTH, lexicon, rule="pair:both")


def test_three_actors_before_are_not_both(lexicon: Lexicon) -> None:
    three = BOTH.replace(
        ". . PUNCT 2 punct\n\n", "und und CCONJ 5 cc\nNepal Nepal PROPN 3 conj Case=Acc\n. . PUNCT 2 punct\n\n", 1
    )
    assert not facts(three, lexicon, rule="pair:both")


def test_an_adjective_with_a_hyphen_names_two(lexicon: Lexicon) -> None:
    text = f"""
Die der DET 3 det
polnisch-litauische polnisch-litauisch ADJ 3 amod Case=Nom
Zusammenarbeit Zusammenarbeit NOUN 4 nsubj Case=Nom|Number=Sing
endet enden VERB 0 root {FINITE}
. . PUNCT 4 punct
"""
    assert ("Polen", "cooperates_with", "Litauen") in facts(text, lexicon, rule="pair:adjective")


TOGETHER = f"""
Gemeinsam gemeinsam ADV 5 advmod
mit mit ADP 3 case
Polen Polen PROPN 5 obl Case=Dat
, , PUNCT 5 punct
fordert fordern VERB 0 root {FINITE}
Litauen Litauen PROPN 5 nsubj Case=Nom
Sanktionen Sanktion NOUN 5 obj Case=Acc|Number=Plur
. . PUNCT 5 punct
""".replace(", , PUNCT 5 punct", "heute heute ADV 5 advmod")


def test_a_companion_does_what_the_subject_does(lexicon: Lexicon) -> None:
    assert ("Polen", "demands", "Sanktionen") in facts(TOGETHER, lexicon, rule="with:companion")


def test_company_without_an_adverb_of_company_shares_nothing(lexicon: Lexicon) -> None:
    assert not facts(TOGETHER.replace("Gemeinsam gemeinsam", "Heute heute"), lexicon, rule="with:companion")


def test_who_runs_something_together_cooperates(lexicon: Lexicon) -> None:
    runs = TOGETHER.replace("fordert fordern", "betreibt betreiben").replace("Sanktionen Sanktion", "Lager Lager")
    assert ("Litauen", "cooperates_with", "Polen") in facts(runs, lexicon, rule="pair:joint")


GIFT = f"""
Norwegen Norwegen PROPN 2 nsubj Case=Nom
schickte schicken VERB 0 root {FINITE}
500 500 NUM 4 nummod
Zelte Zelt NOUN 2 obj Case=Acc|Number=Plur
nach nach ADP 6 case
Polen Polen PROPN 2 obl Case=Dat
. . PUNCT 2 punct
"""


def test_goods_sent_are_help(lexicon: Lexicon) -> None:
    assert ("Norwegen", "aids", "Polen") in facts(GIFT, lexicon, rule="gift:given")


def test_a_note_sent_is_no_help(lexicon: Lexicon) -> None:
    assert not {f for f in facts(GIFT.replace("Zelte Zelt", "Briefe Brief"), lexicon) if f[1] == "aids"}


def test_a_promise_of_goods_is_planned(lexicon: Lexicon) -> None:
    promised = GIFT.replace("schickte schicken", "versprach versprechen")
    assert {d.forced for d in drafts(promised, lexicon) if "gift:given" in d.rule} == {"planned"}


def test_what_is_received_comes_from_its_giver(lexicon: Lexicon) -> None:
    got = GIFT.replace("schickte schicken", "bezieht beziehen").replace("nach nach", "von von")
    assert ("Polen", "aids", "Norwegen") in facts(got, lexicon, rule="gift:received")


def test_who_is_supplied_with_goods_is_helped(lexicon: Lexicon) -> None:
    text = f"""
Norwegen Norwegen PROPN 2 nsubj Case=Nom
beliefert beliefern VERB 0 root {FINITE}
Polen Polen PROPN 2 obj Case=Acc
mit mit ADP 5 case
Munition Munition NOUN 2 obl Case=Dat|Number=Sing
. . PUNCT 2 punct
"""
    assert ("Norwegen", "aids", "Polen") in facts(text, lexicon, rule="gift:supplied")


RALLY = f"""
Bauern Bauer NOUN 6 nsubj {NOM}
aus aus ADP 3 case
Protest Protest NOUN 6 obl Case=Dat|Number=Sing
gegen gegen ADP 5 case
Norwegen Norwegen PROPN 3 nmod Case=Acc
schwiegen schweigen VERB 0 root {PLURAL}
. . PUNCT 6 punct
"""


def test_the_subject_of_a_deed_done_in_protest_protests(lexicon: Lexicon) -> None:
    assert {f for f in facts(RALLY, lexicon) if f[1] == "protests_against"} == {("Bauern", "protests_against", "Norwegen")}


def test_who_joins_a_rally_protests(lexicon: Lexicon) -> None:
    joined = (
        RALLY.replace("aus aus", "zur zu")
        .replace("Protest Protest", "Kundgebung Kundgebung")
        .replace("schwiegen schweigen", "kamen kommen")
    )
    assert facts(joined, lexicon, rule="protest:joined") == {("Bauern", "protests_against", "Norwegen")}


def test_who_only_sees_a_rally_does_not_protest(lexicon: Lexicon) -> None:
    seen = RALLY.replace("aus aus", "bei bei").replace("Protest Protest", "Kundgebung Kundgebung")
    assert not facts(seen, lexicon, rule="protest:joined")


def test_protests_are_aimed_by_those_who_demonstrated_before(lexicon: Lexicon) -> None:
    text = f"""
Bauern Bauer NOUN 2 nsubj {NOM}
demonstrieren demonstrieren VERB 0 root {PLURAL}
. . PUNCT 2 punct

Der der DET 2 det
Protest Protest NOUN 3 nsubj Case=Nom|Number=Sing
richtet richten VERB 0 root {FINITE}
sich sich PRON 3 obj Case=Acc|PronType=Prs|Reflex=Yes
gegen gegen ADP 6 case
Norwegen Norwegen PROPN 3 obl Case=Acc
. . PUNCT 3 punct
"""
    assert ("Bauern", "protests_against", "Norwegen") in facts(text, lexicon, rule="protest:aimed")


STAND_IN = f"""
Norwegen Norwegen PROPN 2 nsubj Case=Nom
plant planen VERB 0 root {FINITE}
ein ein DET 4 det Definite=Ind
Verbot Verbot NOUN 2 obj Case=Acc|Number=Sing
. . PUNCT 2 punct

Polen Polen PROPN 2 nsubj Case=Nom
stimmt stimmen VERB 0 root {FINITE}
dagegen dagegen ADV 2 advmod
. . PUNCT 2 punct
"""


def test_an_adverb_stands_for_the_thing_before(lexicon: Lexicon) -> None:
    assert ("Polen", "rejects", "Verbot") in facts(STAND_IN, lexicon, rule="link:thing-before")


def test_an_adverb_before_its_clause_stands_for_that(lexicon: Lexicon) -> None:
    clause = (
        ", , PUNCT 6 punct\ndass dass SCONJ 6 mark\nDänemark Dänemark PROPN 7 nsubj Case=Nom\nschweigt schweigen VERB 3 ccomp "
        + FINITE
    )
    text = STAND_IN.replace("advmod\n. . PUNCT 2 punct", "advmod\n" + clause + "\n. . PUNCT 2 punct")
    assert not facts(text, lexicon, rule="link:thing-before")


def test_bare_troops_are_their_owners(lexicon: Lexicon) -> None:
    text = f"""
Norwegen Norwegen PROPN 2 nsubj Case=Nom
beginnt beginnen VERB 0 root {FINITE}
mit mit ADP 5 case
dem der DET 5 det
Abzug Abzug NOUN 2 obl Case=Dat|Number=Sing
seiner sein DET 7 det:poss Case=Gen|Poss=Yes
Truppen Truppe NOUN 5 nmod Case=Gen|Number=Plur
aus aus ADP 9 case
Mali Mali PROPN 5 nmod Case=Dat
. . PUNCT 2 punct
"""
    assert ("Norwegen", "withdraws_from", "Mali") in facts(text, lexicon, rule="forces:owner")


LOST = f"""
Die der DET 3 det Case=Nom|Number=Plur
beiden beide DET 3 det
Länder Land NOUN 4 obl {NOM}
vereinbarten vereinbaren VERB 0 root {PLURAL}
ein ein DET 6 det
Treffen Treffen NOUN 4 obj Case=Acc|Number=Sing
. . PUNCT 4 punct
"""


def test_a_bare_phrase_that_agrees_is_the_lost_subject(lexicon: Lexicon) -> None:
    doc = tree(LOST)
    assert (2, "repair:subject") in repair(doc, lexicon)
    assert doc[2].dep_ == "nsubj"


@pytest.mark.parametrize("text", [LOST.replace("Die der DET", "Den der DET"), LOST.replace("Länder Land", "Stunden Stunde")])
def test_a_plain_dative_or_a_time_is_no_subject(text: str, lexicon: Lexicon) -> None:
    assert not [r for r in repair(tree(text), lexicon) if r[1] == "repair:subject"]


DISAGREEING = f"""
Der der DET 2 det
Darstellung Darstellung NOUN 3 nsubj Case=Dat|Number=Sing
widersprachen widersprechen VERB 0 root {PLURAL}
Anwohner Anwohner NOUN 3 obj Case=Acc|Number=Plur
. . PUNCT 3 punct
"""


def test_the_subject_is_what_agrees_with_the_verb(lexicon: Lexicon) -> None:
    doc = tree(DISAGREEING)
    assert (3, "repair:agreement") in repair(doc, lexicon)
    assert [doc[1].dep_, doc[3].dep_] == ["obl:arg", "nsubj"]


def test_a_subject_that_agrees_stays(lexicon: Lexicon) -> None:
    agreed = DISAGREEING.replace(PLURAL, PLURAL.replace("Plur", "Sing"))
    assert not [r for r in repair(tree(agreed), lexicon) if r[1] == "repair:agreement"]


AGENT = f"""
Kritisiert kritisieren VERB 0 root VerbForm=Part
wurde werden AUX 1 aux:pass {FINITE}
der der DET 4 det Definite=Def
Plan Plan NOUN 1 nsubj:pass Case=Nom|Number=Sing
von von ADP 7 case
den der DET 7 det Definite=Def
Gewerkschaften Gewerkschaft NOUN 4 nmod Case=Dat|Number=Plur
. . PUNCT 1 punct
"""


def test_the_agent_of_a_verb_first_passive_hangs_on_its_verb(lexicon: Lexicon) -> None:
    assert ("Gewerkschaften", "criticizes", "Plan") in facts(AGENT, lexicon)


def test_what_is_by_somebody_is_not_done_by_them(lexicon: Lexicon) -> None:
    by = AGENT.replace("den der DET 7 det Definite=Def", "heute heute ADV 1 advmod")
    assert not [r for r in repair(tree(by), lexicon) if r[1] == "repair:agent"]


@pytest.mark.parametrize(("part", "kind"), [("Prozent Prozent", "Group"), ("Führung Führung", "Organization")])
def test_a_part_of_people_is_a_group_and_who_leads_a_body_one(part: str, kind: str, lexicon: Lexicon) -> None:
    whole = (
        "Polens Polen PROPN 1 nmod Case=Gen" if kind == "Organization" else "Anwohner Anwohner NOUN 1 nmod Case=Gen|Number=Plur"
    )
    doc = tree(f"{part} NOUN 3 nsubj {NOM}\n{whole}\nschweigt schweigen VERB 0 root {FINITE}\n. . PUNCT 3 punct", (1, 1, "LOC"))
    assert find_mentions(doc, lexicon).by_head[0].kind == kind


def test_a_word_for_a_partner_stands_for_the_name_beside_it(lexicon: Lexicon) -> None:
    doc = tree(
        "Koalitionspartner Koalitionspartner NOUN 3 nsubj Case=Nom|Number=Sing\nFDP FDP PROPN 1 appos Case=Nom\n"
        f"schweigt schweigen VERB 0 root {FINITE}\n. . PUNCT 3 punct",
        (1, 1, "ORG"),
    )
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    assert links.of(0) is links.of(1)


@pytest.mark.parametrize(("noun", "same"), [("Klägerin", True), ("Gruppe", False)])
def test_a_noun_for_one_of_a_group_stands_for_the_person_beside_it(noun: str, same: bool, lexicon: Lexicon) -> None:
    doc = tree(
        f"{noun} {noun} NOUN 3 nsubj Case=Nom|Number=Sing\nLenz Lenz PROPN 1 appos Case=Nom\n"
        f"schweigt schweigen VERB 0 root {FINITE}\n. . PUNCT 3 punct",
        (1, 1, "PER"),
    )
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    assert (links.of(0) is links.of(1)) is same


def test_an_adjective_with_its_own_phrase_joins_the_verb(lexicon: Lexicon) -> None:
    text = f"""
Erfreut erfreut ADJ 4 advcl
über über ADP 3 case
Urteile Urteil NOUN 1 obl Case=Acc|Number=Plur
zeigte zeigen VERB 0 root {FINITE}
sich sich PRON 4 obj Case=Acc|PronType=Prs|Reflex=Yes
Norwegen Norwegen PROPN 4 nsubj Case=Nom
. . PUNCT 4 punct
"""
    assert ("Norwegen", "supports", "Urteile") in facts(text, lexicon)
