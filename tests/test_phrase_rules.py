"""Rules of noun phrases (titles, bodies, places), and further ones of status, sources and linking, on hand-built trees."""

from __future__ import annotations

import pytest
from trees import tree

from kg.attribution import Attribution
from kg.clusters import Links
from kg.lexicon import Lexicon, load
from kg.linking import link
from kg.mentions import find_mentions
from kg.repair import repair
from kg.status import assess
from kg.titles import static_drafts


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return load()


def links_of(text: str, lexicon: Lexicon, *names: tuple[int, int, str]) -> Links:
    doc = tree(text, *names)
    return link(doc, find_mentions(doc, lexicon), lexicon)


def static(links: Links) -> set[tuple[str, str, str, str]]:
    name = lambda c: c.entity().name if c else "-"  # noqa: E731
    return {(name(d.subject), d.relation, name(d.object), d.rule) for d in static_drafts(links)}


def nominal(*rows: str) -> str:
    """A noun phrase as subject of 'schweigt'; heads count from 1, the verb comes last."""
    return "\n".join(
        [*rows, "schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin", ". . PUNCT " + str(len(rows) + 1) + " punct"]
    )


STATIC = [
    (
        "title:prefix",
        nominal("US-Minister US-Minister NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing", "Holm Holm PROPN 1 appos Case=Nom"),
        [(1, 1, "PER")],
        ("Holm", "affiliated_with", "USA"),
    ),
    (
        "title:genitive",
        nominal(
            "Minister Minister NOUN 4 nsubj Case=Nom|Gender=Masc|Number=Sing",
            "Holm Holm PROPN 1 appos Case=Nom",
            "Norwegens Norwegen PROPN 1 nmod Case=Gen",
        ),
        [(1, 1, "PER")],
        ("Holm", "affiliated_with", "Norwegen"),
    ),
    (
        "title:role",
        nominal(
            "Bundesaußenminister Bundesaußenminister NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing",
            "Holm Holm PROPN 1 appos Case=Nom",
        ),
        [(1, 1, "PER")],
        ("Holm", "affiliated_with", "Deutschland"),
    ),
    (
        "title:context",
        nominal(
            "Außenminister Außenminister NOUN 5 nsubj Case=Nom|Gender=Masc|Number=Sing",
            "Holm Holm PROPN 1 appos Case=Nom",
            "in in ADP 4 case",
            "Norwegen Norwegen PROPN 5 obl Case=Dat",
        ),
        [(1, 1, "PER")],
        ("Holm", "affiliated_with", "Norwegen"),
    ),
    (
        "title:of",
        nominal(
            "Holm Holm PROPN 5 nsubj Case=Nom",
            "von von ADP 4 case",
            "der der DET 4 det Definite=Def",
            "SPD SPD PROPN 1 nmod Case=Dat",
        ),
        [(0, 0, "PER")],
        ("Holm", "affiliated_with", "SPD"),
    ),
    (
        "body:adjective",
        nominal(
            "die der DET 3 det Definite=Def",
            "norwegische norwegisch ADJ 3 amod _ ADJA",
            "Polizei Polizei NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing",
        ),
        [],
        ("norwegische Polizei", "affiliated_with", "Norwegen"),
    ),
    (
        "body:prefix",
        nominal("die der DET 2 det Definite=Def", "SPD-Kommission SPD-Kommission NOUN 3 nsubj Case=Nom|Gender=Fem|Number=Sing"),
        [],
        ("SPD-Kommission", "part_of", "SPD"),
    ),
    (
        "body:genitive",
        nominal(
            "die der DET 2 det Definite=Def",
            "Polizei Polizei NOUN 4 nsubj Case=Nom|Gender=Fem|Number=Sing",
            "Norwegens Norwegen PROPN 2 nmod Case=Gen",
        ),
        [],
        ("Polizei Norwegens", "affiliated_with", "Norwegen"),
    ),
    (
        "place:in",
        nominal(
            "der der DET 2 det Definite=Def",
            "Gipfel Gipfel NOUN 5 nsubj Case=Nom|Gender=Masc|Number=Sing",
            "in in ADP 4 case",
            "Oslo Oslo PROPN 2 nmod Case=Dat",
        ),
        [],
        ("Gipfel in Oslo", "located_in", "Oslo"),
    ),
    (
        "place:name",
        nominal(
            "das der DET 2 det Definite=Def",
            "Amtsgericht Amtsgericht NOUN 4 nsubj Case=Nom|Gender=Neut|Number=Sing",
            "Oslo Oslo PROPN 2 appos",
        ),
        [],
        ("Amtsgericht", "located_in", "Oslo"),
    ),
    (
        "place:whole",
        nominal("Oslo Oslo PROPN 4 nsubj Case=Nom", ", , PUNCT 3 punct", "Norwegen Norwegen PROPN 1 appos Case=Nom"),
        [],
        ("Oslo", "part_of", "Norwegen"),
    ),
    (
        "group:genitive",
        nominal(
            "die der DET 2 det Definite=Def",
            "Mitglieder Mitglied NOUN 5 nsubj Case=Nom|Gender=Neut|Number=Plur",
            "der der DET 4 det Definite=Def",
            "SPD SPD PROPN 2 nmod Case=Gen",
        ),
        [],
        ("Mitglieder der SPD", "affiliated_with", "SPD"),
    ),
]


@pytest.mark.parametrize(("rule", "text", "names", "fact"), STATIC, ids=[s[0] for s in STATIC])
def test_states_told_by_noun_phrases(
    rule: str, text: str, names: list[tuple[int, int, str]], fact: tuple[str, str, str], lexicon: Lexicon
) -> None:
    assert (*fact, rule) in static(links_of(text, lexicon, *names))


def test_the_actor_tables_give_a_known_persons_state(lexicon: Lexicon) -> None:
    text = nominal(
        "Präsident Präsident NOUN 4 nsubj Case=Nom|Gender=Masc|Number=Sing",
        "Barack Barack PROPN 1 appos",
        "Obama Obama PROPN 2 flat",
    )
    assert ("Barack Obama", "affiliated_with", "USA", "title:known") in static(links_of(text, lexicon, (1, 2, "PER")))


def test_an_unnamed_person_without_a_body_holds_its_office_only_where_it_acts(lexicon: Lexicon) -> None:
    text = nominal("der der DET 2 det Definite=Def", "Präsident Präsident NOUN 3 nsubj Case=Nom|Gender=Masc|Number=Sing")
    links = links_of(text, lexicon)
    assert static(links) == {("Präsident", "holds_office", "Präsident", "title:office")}
    assert all(draft.aside for draft in static_drafts(links))


CLAUSE = """
Norwegen Norwegen PROPN 4 nsubj Case=Nom
{aux}
Schweden Schweden PROPN 4 obj Case=Acc
unterstützt unterstützen VERB 0 root {form}
. . PUNCT 4 punct
"""


@pytest.mark.parametrize(
    ("aux", "form", "verdict"),
    [
        ("angeblich angeblich ADV 4 advmod", "Mood=Ind|VerbForm=Fin", ("possible", "status:adverb")),
        ("demnächst demnächst ADV 4 advmod", "Mood=Ind|VerbForm=Fin", ("planned", "status:adverb")),
        ("falls falls SCONJ 4 mark", "Mood=Ind|VerbForm=Fin", ("possible", "status:conditional")),
        ("hätte haben AUX 4 aux Mood=Sub|Tense=Past|VerbForm=Fin", "VerbForm=Part", ("possible", "status:subjunctive")),
        ("will wollen AUX 4 aux Mood=Ind|Tense=Pres|VerbForm=Fin", "VerbForm=Inf", ("planned", "status:modal")),
        ("heute heute ADV 4 advmod", "Mood=Ind|VerbForm=Fin", ("asserted", "")),
    ],
)
def test_status_of_a_clause(aux: str, form: str, verdict: tuple[str, str], lexicon: Lexicon) -> None:
    doc = tree(CLAUSE.format(aux=aux, form=form))
    assert assess(doc[3], lexicon) == verdict


def test_a_question_asserts_nothing(lexicon: Lexicon) -> None:
    doc = tree(CLAUSE.format(aux="heute heute ADV 4 advmod", form="Mood=Ind|VerbForm=Fin").replace(". . PUNCT", "? ? PUNCT"))
    assert assess(doc[3], lexicon) == ("possible", "status:question")


def test_an_attribute_tells_a_nouns_status(lexicon: Lexicon) -> None:
    doc = tree(
        nominal("der der DET 3 det Definite=Def", "mutmaßliche mutmaßlich ADJ 3 amod", "Angriff Angriff NOUN 4 nsubj Case=Nom")
    )
    assert assess(doc[2], lexicon) == ("possible", "status:attribute")


SAYING = """
Schweden Schweden PROPN 2 nsubj Case=Nom
wächst wachsen VERB 0 root Mood=Ind|VerbForm=Fin
, , PUNCT 5 punct
{particle}
mitteilte mitteilen VERB 2 {dep} Mood=Ind|VerbForm=Fin
Norwegen Norwegen PROPN 5 nsubj Case=Nom
. . PUNCT 2 punct
"""


@pytest.mark.parametrize(
    ("particle", "dep", "rule"),
    [("heute heute ADV 5 advmod", "parataxis", "source:quotation"), ("wie wie ADV 5 advmod", "advcl", "source:wie")],
)
def test_a_speaker_behind_the_clause(particle: str, dep: str, rule: str, lexicon: Lexicon) -> None:
    links = links_of(SAYING.format(particle=particle, dep=dep), lexicon)
    found, name = Attribution(links).source(links.doc[1])
    assert found is not None
    assert (found.entity().name, name) == ("Norwegen", rule)


ACRONYM = nominal(
    "Nordische Nordische PROPN 5 nsubj Case=Nom",
    "Partei Partei PROPN 1 flat",
    "( ( PUNCT 4 punct",
    "NRP NRP PROPN 1 appos",
)


def test_an_acronym_in_brackets_is_another_name(lexicon: Lexicon) -> None:
    links = links_of(ACRONYM, lexicon, (0, 1, "ORG"), (3, 3, "ORG"))
    assert links.of(0) is links.of(3)
    assert links.rules[3] == "link:acronym"


PREDICATIVE = """
Holm Holm PROPN 3 nsubj Case=Nom
ist sein AUX 3 cop Mood=Ind|VerbForm=Fin
Minister Minister NOUN 0 root Case=Nom|Gender=Masc|Number=Sing
Norwegens Norwegen PROPN 3 nmod Case=Gen
. . PUNCT 3 punct
"""


def test_what_a_copula_says_of_a_person(lexicon: Lexicon) -> None:
    links = links_of(PREDICATIVE, lexicon, (0, 0, "PER"))
    assert links.rules[2] == "link:predicative"
    assert ("Holm", "holds_office", "Minister", "title:office") in static(links)


TURNED = """
wegen wegen ADP 3 case
Präsident Präsident NOUN 3 nmod Case=Gen|Gender=Masc|Number=Sing
Holm Holm PROPN 5 obl Case=Gen
Norwegen Norwegen PROPN 5 nsubj Case=Nom
schweigt schweigen VERB 0 root Mood=Ind|VerbForm=Fin
. . PUNCT 5 punct
"""


def test_a_title_hung_on_its_name_is_turned(lexicon: Lexicon) -> None:
    doc = tree(TURNED.replace("ADP 3 case", "ADP 2 case"), (2, 2, "PER"))
    assert repair(doc, lexicon) == [(1, "repair:title")]
    assert (doc[2].head.text, doc[2].dep_, doc[1].dep_) == ("Präsident", "appos", "obl")
