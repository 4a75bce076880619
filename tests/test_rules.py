"""The named rules, each on a hand-built tree."""

from __future__ import annotations

import pytest
from trees import tree

from kg.attribution import Attribution
from kg.clauses import Clause, find_clauses
from kg.frames import Matcher
from kg.lexicon import Lexicon, load, stem
from kg.linking import link
from kg.mentions import find_mentions, phrase_name
from kg.repair import repair
from kg.status import assess
from kg.titles import static_drafts
from kg.trees import Doc


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def clause(doc: Doc, lexicon: Lexicon, lemma: str) -> Clause:
    return next(c for c in find_clauses(doc, lexicon) if c.lemma == lemma)


def words(doc: Doc, found: Clause, role: str) -> list[str]:
    return [doc[i].text for i in found.args.get(role, [])]


PASSIVE = """
Der der DET 2 det Case=Nom|Definite=Def
Plan Plan NOUN 6 nsubj:pass Case=Nom|Gender=Masc|Number=Sing
wird werden AUX 6 aux:pass Mood=Ind|VerbForm=Fin
von von ADP 5 case
Norwegen Norwegen PROPN 6 obl Case=Dat
abgelehnt ablehnen VERB 0 root VerbForm=Part
. . PUNCT 6 punct
"""

ACTIVE = """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
lehnt lehnen VERB 0 root Mood=Ind|VerbForm=Fin
den der DET 4 det Case=Acc|Definite=Def
Plan Plan NOUN 2 obj Case=Acc|Gender=Masc|Number=Sing
nicht nicht PART 2 advmod Polarity=Neg
ab ab ADP 2 compound:prt
. . PUNCT 2 punct
"""

RELATIVE = """
Norwegen Norwegen PROPN 7 nsubj Case=Nom
, , PUNCT 5 punct
das der PRON 5 nsubj Case=Nom|PronType=Rel PRELS
Schweden Schweden PROPN 5 obj Case=Acc
unterstützt unterstützen VERB 1 acl:relcl Mood=Ind|VerbForm=Fin
, , PUNCT 5 punct
schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 7 punct
"""

CONTROL = """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
fordert fordern VERB 0 root Mood=Ind|VerbForm=Fin
Schweden Schweden PROPN 2 obj Case=Acc
auf auf ADP 2 compound:prt
, , PUNCT 8 punct
Dänemark Dänemark PROPN 8 obj Case=Acc
zu zu PART 8 mark
unterstützen unterstützen VERB 2 xcomp VerbForm=Inf
. . PUNCT 2 punct
"""

SHARED = """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
kritisiert kritisieren VERB 0 root Mood=Ind|VerbForm=Fin
Schweden Schweden PROPN 2 obj Case=Acc
und und CCONJ 5 cc
unterstützt unterstützen VERB 2 conj Mood=Ind|VerbForm=Fin
Dänemark Dänemark PROPN 5 obj Case=Acc
und und CCONJ 8 cc
Island Island PROPN 6 conj Case=Acc
. . PUNCT 2 punct
"""

NOMINAL = """
die der DET 2 det Case=Nom|Definite=Def
Teilnahme Teilnahme NOUN 7 nsubj Case=Nom|Gender=Fem|Number=Sing
Norwegens Norwegen PROPN 2 nmod Case=Gen
an an ADP 6 case
dem der DET 6 det Case=Dat|Definite=Def
Gipfel Gipfel NOUN 2 nmod Case=Dat|Gender=Masc|Number=Sing
endet enden VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 7 punct
"""

PARTICIPLE = """
die der DET 5 det Case=Nom|Definite=Def
von von ADP 3 case
Norwegen Norwegen PROPN 4 obl Case=Dat
unterstützte unterstützt ADJ 5 amod _ ADJA
Regierung Regierung NOUN 6 nsubj Case=Nom|Gender=Fem|Number=Sing
schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 6 punct
"""

SAID = """
Norwegen Norwegen PROPN 2 nsubj Case=Nom
teilte teilen VERB 0 root Mood=Ind|VerbForm=Fin
mit mit ADP 2 compound:prt
, , PUNCT 8 punct
Schweden Schweden PROPN 8 nsubj Case=Nom
werde werden AUX 8 aux Mood=Sub|Tense=Pres|VerbForm=Fin
Dänemark Dänemark PROPN 8 obj Case=Acc
unterstützen unterstützen VERB 2 ccomp VerbForm=Inf
. . PUNCT 2 punct
"""

LAUT = """
Laut laut ADP 2 case
Norwegen Norwegen PROPN 3 obl Case=Dat
unterstützt unterstützen VERB 0 root Mood=Ind|VerbForm=Fin
Schweden Schweden PROPN 3 nsubj Case=Nom
Dänemark Dänemark PROPN 3 obj Case=Acc
. . PUNCT 3 punct
"""

TITLE = """
der der DET 4 det Case=Nom|Definite=Def
frühere früh ADJ 4 amod _ ADJA
norwegische norwegisch ADJ 4 amod _ ADJA
Außenminister Außenminister NOUN 7 nsubj Case=Nom|Gender=Masc|Number=Sing
Nils Nils PROPN 4 appos Case=Nom
Holm Holm PROPN 5 flat Case=Nom
schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 7 punct
"""


def test_passive_gives_active_roles(lexicon: Lexicon) -> None:
    doc = tree(PASSIVE)
    found = clause(doc, lexicon, "ablehnen")
    assert (words(doc, found, "subj"), words(doc, found, "obj")) == (["Norwegen"], ["Plan"])
    assert found.rule == "clause:passive"


def test_separated_prefix_is_joined(lexicon: Lexicon) -> None:
    doc = tree(ACTIVE)
    found = clause(doc, lexicon, "ablehnen")
    assert (words(doc, found, "subj"), words(doc, found, "obj"), found.rule) == (["Norwegen"], ["Plan"], "clause:active")


def test_relative_pronoun_stands_for_its_antecedent(lexicon: Lexicon) -> None:
    doc = tree(RELATIVE)
    found = clause(doc, lexicon, "unterstützen")
    assert words(doc, found, "subj") == ["Norwegen"]
    assert "clause:relative" in found.rule


def test_object_control(lexicon: Lexicon) -> None:
    doc = tree(CONTROL)
    found = clause(doc, lexicon, "unterstützen")
    assert words(doc, found, "subj") == ["Schweden"]
    assert "clause:control" in found.rule


def test_shared_subject_and_coordinated_objects(lexicon: Lexicon) -> None:
    doc = tree(SHARED)
    found = clause(doc, lexicon, "unterstützen")
    assert (words(doc, found, "subj"), words(doc, found, "obj")) == (["Norwegen"], ["Dänemark", "Island"])
    assert "clause:shared-subject" in found.rule


def test_noun_with_arguments(lexicon: Lexicon) -> None:
    doc = tree(NOMINAL)
    found = clause(doc, lexicon, "Teilnahme")
    assert found.nominal
    assert (words(doc, found, "gen"), words(doc, found, "an")) == (["Norwegens"], ["Gipfel"])


def test_attributive_participle(lexicon: Lexicon) -> None:
    doc = tree(PARTICIPLE)
    found = clause(doc, lexicon, "unterstützen")
    assert (words(doc, found, "subj"), words(doc, found, "obj"), found.rule) == (["Norwegen"], ["Regierung"], "clause:participle")


@pytest.mark.parametrize(
    ("text", "word", "status", "rule"),
    [
        (ACTIVE, "lehnt", "negated", "status:negation"),
        (PASSIVE, "abgelehnt", "asserted", ""),
        (CONTROL, "unterstützen", "planned", "status:governor"),
        (SAID, "unterstützen", "planned", "status:future"),
        (
            SAID.replace("werde werden AUX 8 aux Mood=Sub|Tense=Pres", "könnte können AUX 8 aux Mood=Sub|Tense=Past"),
            "unterstützen",
            "possible",
            "",
        ),
        (
            SAID.replace("werde werden AUX 8 aux Mood=Sub|Tense=Pres", "wolle wollen AUX 8 aux Mood=Sub|Tense=Pres"),
            "unterstützen",
            "planned",
            "",
        ),
    ],
)
def test_status(lexicon: Lexicon, text: str, word: str, status: str, rule: str) -> None:
    doc = tree(text)
    found = assess(next(t for t in doc if t.text == word), lexicon)
    assert found[0] == status
    assert not rule or found[1] == rule


@pytest.mark.parametrize(("text", "rule"), [(SAID, "source:complement"), (LAUT, "source:phrase")])
def test_source(lexicon: Lexicon, text: str, rule: str) -> None:
    doc = tree(text)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    verb = next(t for t in doc if t.text in {"unterstützen", "unterstützt"})
    found, name = Attribution(links).source(verb)
    assert found is not None
    assert (found.entity().name, name) == ("Norwegen", rule)


def test_no_source_without_a_cue(lexicon: Lexicon) -> None:
    doc = tree(SHARED)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    assert Attribution(links).source(doc[4]) == (None, "")


def test_title_gives_office_state_and_end(lexicon: Lexicon) -> None:
    doc = tree(TITLE)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    found = {(d.relation, d.object.entity().name if d.object else "", d.forced, d.rule) for d in static_drafts(links)}
    assert found == {
        ("holds_office", "Außenminister", "ended", "title:office"),
        ("affiliated_with", "Norwegen", "ended", "title:adjective"),
    }


def test_repair_of_a_misread_attribute(lexicon: Lexicon) -> None:
    doc = tree(
        TITLE.replace("frühere früh ADJ 4 amod", "frühere frühere NOUN 7 nsubj").replace(
            "Außenminister NOUN 7 nsubj", "Außenminister NOUN 7 obj"
        )
    )
    changed = repair(doc, lexicon)
    assert (1, "repair:attribute") in changed
    assert (doc[1].pos_, doc[1].dep_, doc[1].head.text) == ("ADJ", "amod", "Außenminister")
    assert doc[3].dep_ == "nsubj"


def test_phrase_name_is_nominative() -> None:
    doc = tree(
        """
    der der DET 3 det Case=Gen|Definite=Def
    jüngsten jung ADJ 3 amod Case=Gen ADJA
    Initiative Initiative NOUN 4 nsubj Case=Gen|Gender=Fem|Number=Sing
    endet enden VERB 0 root VerbForm=Fin
    """
    )
    assert phrase_name(doc[2]) == "jüngste Initiative"


@pytest.mark.parametrize(
    ("noun", "name"),
    [
        ("Tragen Trage NOUN 0 root Case=Acc|Gender=Neut|Number=Sing", "Tragen"),
        ("Elektroversion Elektroversio NOUN 0 root Case=Acc|Gender=Fem|Number=Sing", "Elektroversion"),
        ("Zeugen Zeuge NOUN 0 root Case=Acc|Gender=Masc|Number=Sing", "Zeuge"),
    ],
)
def test_an_ending_of_the_noun_itself_stays(noun: str, name: str) -> None:
    assert phrase_name(tree(noun)[0]) == name


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("Norwegens", "Norwegen"),
        ("Vereinigten", "Vereinigte"),
        ("Sprecherin", "Sprecherinnen"),
        ("NATO", "NATO"),
        ("Präsidenten", "Präsident"),
    ],
)
def test_stem_sees_through_endings(a: str, b: str) -> None:
    assert stem(a) == stem(b)


def test_compound_roles(lexicon: Lexicon) -> None:
    role = lexicon.role_of_noun("US-Außenministerin", "US-Außenministerin")
    assert role is not None
    assert (role.feminine, role.prefix, role.official) == ("Außenministerin", "US", "yes")
    assert lexicon.role_of_noun("Haus", "Haus") is None


POSTPOSED = """
Norwegen Norwegen PROPN 7 obj Case=Dat
zufolge zufolge ADP 4 case
am an ADP 4 case Case=Dat APPRART
Montag Montag NOUN 7 obl Case=Dat|Gender=Masc|Number=Sing
Schweden Schweden PROPN 7 nsubj Case=Nom
Dänemark Dänemark PROPN 7 obj Case=Acc
unterstützte unterstützen VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 7 punct
"""


def test_repair_of_a_postposition_gives_the_source(lexicon: Lexicon) -> None:
    doc = tree(POSTPOSED)
    assert (1, "repair:postposition") in repair(doc, lexicon)
    assert doc[1].head.text == "Norwegen"
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    found, rule = Attribution(links).source(doc[6])
    assert found is not None
    assert (found.entity().name, rule) == ("Norwegen", "source:phrase")


PRONOUN = """
Minister Minister NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing
Holm Holm PROPN 1 appos Case=Nom
schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin
, , PUNCT 6 punct
er er PRON 6 nsubj Case=Nom|Gender=Masc|Number=Sing|Person=3|PronType=Prs PPER
kritisiert kritisieren VERB 3 parataxis Mood=Ind|Number=Sing|VerbForm=Fin
Schweden Schweden PROPN 6 obj Case=Acc
. . PUNCT 3 punct
"""


def test_title_and_pronoun_stand_for_the_person(lexicon: Lexicon) -> None:
    doc = tree(PRONOUN, (1, 1, "PER"))
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    assert links.rules[0] == "link:apposition"
    assert links.rules[4] == "link:pronoun"
    assert links.of(0) is links.of(1) is links.of(4)


EVENT = """
Das der DET 2 det Definite=Def|PronType=Art
NATO-Treffen NATO-Treffen NOUN 3 nsubj Case=Nom|Gender=Neut|Number=Sing
beginnt beginnen VERB 0 root Mood=Ind|VerbForm=Fin
, , PUNCT 7 punct
die der DET 6 det Definite=Def|PronType=Art
Zusammenkunft Zusammenkunft NOUN 7 nsubj Case=Nom|Gender=Fem|Number=Sing
dauert dauern VERB 3 parataxis Mood=Ind|VerbForm=Fin
jedes jeder DET 9 det PronType=Tot PIAT
Treffen Treffen NOUN 7 obl Case=Acc|Gender=Neut|Number=Sing
. . PUNCT 3 punct
"""


def test_another_word_for_the_same_event(lexicon: Lexicon) -> None:
    doc = tree(EVENT)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    assert links.rules[5] == "link:event"
    assert links.of(1) is links.of(5)
    assert links.of(8) is not links.of(1)


CAPITAL = """
die der DET 3 det Definite=Def|PronType=Art
norwegische norwegisch ADJ 3 amod _ ADJA
Hauptstadt Hauptstadt NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing
wächst wachsen VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 4 punct
"""


def test_capital_by_description(lexicon: Lexicon) -> None:
    doc = tree(CAPITAL)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    found = links.of(2)
    assert found is not None
    assert (found.entity().name, links.rules[2]) == ("Oslo", "link:capital")


BRACKET = """
Holm Holm PROPN 5 nsubj Case=Nom
( ( PUNCT 3 punct
SPD SPD PROPN 1 appos
) ) PUNCT 3 punct
schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 5 punct
"""


def test_party_in_brackets(lexicon: Lexicon) -> None:
    doc = tree(BRACKET, (0, 0, "PER"))
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    found = [(d.relation, d.object.entity().name if d.object else "", d.rule) for d in static_drafts(links)]
    assert found == [("affiliated_with", "SPD", "title:bracket")]


OBJECT_FIRST = """
Eine ein DET 2 det Definite=Ind|PronType=Art
Zusammenarbeit Zusammenarbeit NOUN 3 nsubj Case=Nom|Gender=Fem|Number=Sing
lehnt lehnen VERB 0 root Mood=Ind|VerbForm=Fin
Norwegen Norwegen PROPN 3 obj Case=Acc
ab ab ADP 3 compound:prt
. . PUNCT 3 punct
"""


def test_object_in_front(lexicon: Lexicon) -> None:
    doc = tree(OBJECT_FIRST)
    links = link(doc, find_mentions(doc, lexicon), lexicon)
    drafts = list(Matcher(links).drafts(clause(doc, lexicon, "ablehnen")))
    assert [(d.subject and d.subject.entity().name, d.relation) for d in drafts] == [("Norwegen", "rejects")]
    assert "clause:object-first" in drafts[0].rule
