"""What the name of a sent file says: clear statements are caught, and whatever people call their own files is not."""

import unicodedata
from time import process_time

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from submissions.domain.claims import MAX_CHARACTERS, MIN_LETTERS, ORDINARY, Mistake, _spellings, mistaken
from submissions.domain.naming import canonical_filename

OTHERS = {
    "Wiśniewski": 7,
    "Großmann": 3,
    "Müller": 5,
    "van der Berg": 6,
    "O'Neill": 8,
    "García Márquez": 9,
    "Al-Sayed": 10,
    "王芳": 11,
    "Иванов": 12,
    "Παπαδόπουλος": None,
    "الحسني": 2,
    "शर्मा": 4,
    "Li": 13,
    "Øe": 14,
    "Field": 15,
    "Young": 16,
    "Draft": 17,
    "Moore": 18,
}


def said(
    sent_name: str, *, own_topic: int | None = 1, own_family: str = "Łabędź", own_words: str = ""
) -> tuple[str, str] | None:
    mistake = mistaken(sent_name, own_topic=own_topic, own_family=own_family, others=OTHERS, own_words=own_words)
    return (mistake.kind, mistake.said) if mistake else None


@pytest.mark.parametrize(
    "name",
    [
        "",
        "talk.pdf",
        "final v3 (2).ipynb",
        "lecture03.ipynb",
        "2023-11-03 slides.pdf",
        "Untitled7.ipynb",
        "Kopie von Final Draft.ipynb",
        "draft_young_model.pdf",
        "Moore-Penrose field.ipynb",
        "long short list.pdf",
        "Review of Li 2023.pdf",
        "slides for Øe.pdf",
        "Topics 3 and 4.pdf",
        "Subtopic 3.pdf",
        "nontopic3.pdf",
        "Topic 3D molecules.pdf",
        "Topic_3d.pdf",
        "topic 2nd version.pdf",
        "Topic 2023.pdf",
        "Topic 2023-11-03.pdf",
        "Thema 1999 Entwurf.pdf",
        "Topic 3.12.2023.pdf",
        "Topic 3,5.pdf",
        "Topic 12345.pdf",
        "Topic 3-4.pdf",
        "Topic 3 – 6.pdf",
        "Topic 3 and 4.pdf",
        "Thema 3 und 1.pdf",
        "Topic 3+4 overview.pdf",
        "Topic normal 3.pdf",
        "Topic models.pdf",
        "NoTopic.pdf",
        "Wiśniewskis.pdf",
        "Ivanova.pdf",
        "Vanderbergh.pdf",
        "der Berg.pdf",
        "van der Bergen.pdf",
        "Garcia.pdf",
        "García and Márquez.pdf",
        "for an inner mull er.pdf",
        "王芳芳.pdf",
        "wang fang.pdf",
    ],
)
def test_mistaken_unclear_name_says_nothing(name: str) -> None:
    assert said(name) is None


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Topic 3 draft.pdf", "3"),
        ("Topic03.ipynb", "03"),
        ("topic_3.pdf", "3"),
        ("TOPIC-03-final.pdf", "03"),
        ("Thema 12.pdf", "12"),
        ("thema#4 (2).pdf", "4"),
        ("Topic Nr. 3.pdf", "3"),
        ("Thema Nr.3.pdf", "3"),
        ("Topic No. 3 slides.pdf", "3"),
        ("topic_no_3.pdf", "3"),
        ("Thema Nummer 3.pdf", "3"),
        ("Topic: 3.pdf", "3"),
        ("Topic 9999.pdf", "9999"),
        ("Topic 0.pdf", "0"),
        ("Topic 0011.pdf", "0011"),
        ("Topic03-2024-01-12.pdf", "03"),
        ("Topic 3, 2024.pdf", "3"),
        ("Topic_03_2.pdf", "03"),
        ("Copy of Topic 3.pdf", "3"),
        ("my-topic-3.pdf", "3"),
        ("Topic 3️⃣.pdf", "3"),
        ("TOPİC ٣.pdf", "٣"),
        ("Topic 99 of Łabędź.pdf", "99"),
        ("Topic 3 by Wiśniewski.pdf", "3"),
        ("Topic03_Labedz_Title.ipynb", "03"),
        ("Topic03_Grossmann_Topic01And.ipynb", "03"),
        ("Topic2023_Labedz_Title.ipynb", "2023"),
        ("Copy of topic03_labedz_title (1).ipynb", "03"),
        # Several are clear only if each belongs to somebody else.
        ("Topic 3 and topic 7.pdf", "3"),
        ("Topic 3, topic 03.pdf", "3"),
    ],
)
def test_mistaken_another_topic_is_caught(name: str, number: str) -> None:
    assert said(name) == ("topic", number)


@pytest.mark.parametrize(
    "name",
    [
        "Topic 1.pdf",
        "Topic01_Labedz_X.ipynb",
        "topic-0001.pdf",
        "Thema Nr. 1.pdf",
        "Topic 1 before Topic 3.pdf",
        "Topic 3, Topic 1.pdf",
        "Topic 3 and topic 99.pdf",
        "Topic01_Labedz_Topic 3.ipynb",
        "NoTopic_Labedz_Topic 3.ipynb",
    ],
)
def test_mistaken_own_topic_is_named_is_none(name: str) -> None:
    assert said(name) is None


def test_mistaken_topic_of_somebody_without_topic_is_none() -> None:
    assert said("Topic 3.pdf", own_topic=None) is None
    assert said("Topic03_Labedz_X.pdf", own_topic=None) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Wiśniewski.pdf", "Wiśniewski"),
        ("slides_wisniewski_v2.pdf", "wisniewski"),
        ("Großmann.pdf", "Großmann"),
        ("Grossmann slides.pdf", "Grossmann"),
        ("GROSSMANN.PDF", "GROSSMANN"),
        ("GROẞMANN.pdf", "GROẞMANN"),
        ("Müller.pdf", "Müller"),
        ("Mu\u0308ller.pdf", "Müller"),
        ("Wiś\u00adniew\u200bski.pdf", "Wiśniewski"),
        ("mueller-final.pdf", "mueller"),
        ("Muller (2).pdf", "Muller"),
        ("Müller's talk.pdf", "Müller"),
        ("mueller2.pdf", "mueller"),
        ("van der Berg talk.pdf", "van der Berg"),
        ("talk_van_der_berg.pdf", "van_der_berg"),
        ("VanDerBerg-talk.pdf", "VanDerBerg"),
        ("vanderberg.pdf", "vanderberg"),
        ("O'Neill.pdf", "O'Neill"),
        ("O’Neill.pdf", "O’Neill"),
        ("oneill_notebook.ipynb", "oneill"),
        ("o_neill.ipynb", "o_neill"),
        ("García Márquez.pdf", "García Márquez"),
        ("garcia-marquez.pdf", "garcia-marquez"),
        ("GarciaMarquez.pdf", "GarciaMarquez"),
        ("Al-Sayed.pdf", "Al-Sayed"),
        ("Al Sayed.pdf", "Al Sayed"),
        ("alsayed 3.pdf", "alsayed"),
        ("王芳.pdf", "王芳"),
        ("WangFang.pdf", "WangFang"),
        ("Иванов_итог.pdf", "Иванов"),
        ("IVANOV.pdf", "IVANOV"),
        ("Παπαδόπουλος 2.pdf", "Παπαδόπουλος"),
        ("الحسني.pdf", "الحسني"),
        ("\u202eالحسني\u202c.pdf", "الحسني"),
        ("शर्मा नोट.pdf", "शर्मा"),
        ("Topic 1 Wiśniewski.pdf", "Wiśniewski"),
        ("NoTopic_Wisniewski_Slides.pdf", "Wisniewski"),
        # In the place that canonical names give it, any family name counts.
        ("Topic01_Li_Models.ipynb", "Li"),
        ("topic1_Field_Models.ipynb", "Field"),
        ("Topic01_Oee_Models.ipynb", "Oee"),
        ("NoTopic_Moore_Slides.pdf", "Moore"),
        ("Copy of Topic01_Young_X (1).pdf", "Young"),
    ],
)
def test_mistaken_another_person_is_caught(name: str, words: str) -> None:
    assert said(name) == ("person", words)


@pytest.mark.parametrize(
    ("name", "own_family"),
    [
        ("Łabędź and Wiśniewski.pdf", "Łabędź"),
        ("wisniewski_labedz.pdf", "Łabędź"),
        ("ZofiaŁabędź for Wiśniewski.pdf", "Łabędź"),
        ("王明 Wiśniewski.pdf", "王"),
        ("Topic01_Wisniewski_Labedz.pdf", "Łabędź"),
        ("Topic01_Labedz_WithWisniewski Müller.pdf", "Łabędź"),
        ("Li - Wiśniewski.pdf", "Li"),
        ("Müller.pdf", "Müller"),
        ("Mueller.pdf", "Muller"),
        ("Muller.pdf", "Mueller"),
        ("Müller.pdf", "Mu\u0308ller"),
        ("ivanov.pdf", "IVANOV"),
        ("van der Berg.pdf", "Berg"),
        ("GROSSMANN.pdf", "Großmann"),
    ],
)
def test_mistaken_own_name_in_it_is_none(name: str, own_family: str) -> None:
    assert said(name, own_family=own_family) is None


def test_mistaken_name_that_reads_as_own_and_as_anothers_is_none() -> None:
    for topic in (None, 3):
        found = mistaken("Topic03_Müller_X.pdf", own_topic=topic, own_family="Muller", others={"Mueller": 3})
        assert found is None


def test_mistaken_short_own_name_inside_a_word_does_not_excuse() -> None:
    assert said("Wiśniewski slides.pdf", own_family="Li") == ("person", "Wiśniewski")


def test_mistaken_own_words_are_nobody() -> None:
    others = {"Diffusion": 2, "Martin": 3}
    own = {"own_topic": 1, "own_family": "Łabędź", "others": others}
    for name in ("Cold Diffusion.pdf", "martin-slides.pdf", "Topic01_Diffusion_draft.pdf"):
        assert mistaken(name, **own) is not None  # type: ignore[arg-type]
        assert mistaken(name, **own, own_words="Martin; Cold Diffusion: x") is None  # type: ignore[arg-type]
    # A canonical name without a topic is not the sender's, who has one.
    found = mistaken("NoTopic_Martin_X.pdf", **own, own_words="Martin")  # type: ignore[arg-type]
    assert found == Mistake("person", "Martin")


def test_mistaken_name_is_read_to_its_255th_character_and_no_further() -> None:
    head = "x" * (MAX_CHARACTERS - 8) + " "
    assert said(f"{head}Topic 3") == ("topic", "3")
    assert said(f"{head} Topic 3") is None


@pytest.mark.parametrize("piece", ["Topic ", "Topic_", "Topic1_", "1a", "Topic", " ", "-", "Nr. ", "Ü", "王 ", "ﷺ"])
def test_mistaken_hostile_name_costs_little(piece: str) -> None:
    started = process_time()
    said(piece * 100_000)
    assert process_time() - started < 0.5


# Families that are words of titles, that hold one another, and that are nothing in ASCII; and any text at all.
any_text = st.text(st.characters() | st.characters(categories=["Cs", "Cf", "So", "Mn"]))
families = any_text | st.sampled_from(
    ["Diffusion", "Graph", "Graph Model", "Modelgraph", "Topic", "Thema", "NoTopic", "Untitled", "Unnamed", "Li", "王",
     "王芳", "Müller", "Muller", "Mueller", "van der Berg", "Berg", "O'Neill", "3D", "Topic 5", "Łabędź", "Соловьёва",
     "欧阳", "N’Diaye-Brandt", "Øvergård", "Yıldırım", "Đặng", "الحسني", "לוי", "शर्मा", "김", "แก้วมณี", "Հակոբյան"]
)  # fmt: skip
titles = st.lists(families, max_size=5).map(" ".join)
topics = st.none() | st.integers(0, 9999)
extensions = st.sampled_from(["ipynb", ".pdf", "tar.gz", ""])
rolls = st.dictionaries(families, topics, max_size=6)


@given(topics, families, titles, extensions, rolls, titles)
def test_mistaken_own_canonical_name_never_is_one(
    topic: int | None, family: str, title: str, extension: str, others: dict[str, int | None], own_words: str
) -> None:
    name = canonical_filename(topic, family, title, extension)
    assert mistaken(name, own_topic=topic, own_family=family, others=others, own_words=own_words) is None


@given(topics, families, topics, families, titles, extensions, rolls, titles)
def test_mistaken_canonical_name_of_another_topic_and_family_always_is_one(
    own_topic: int | None,
    own_family: str,
    topic: int | None,
    family: str,
    title: str,
    extension: str,
    others: dict[str, int | None],
    own_words: str,
) -> None:
    assume(topic != own_topic and _spellings(own_family).isdisjoint(_spellings(family)))
    name = canonical_filename(topic, family, f"{title} {own_family}", extension)
    found = mistaken(
        name, own_topic=own_topic, own_family=own_family, others={**others, family: topic}, own_words=own_words
    )
    if topic is None or own_topic is None:
        assert found == Mistake("person", name.split("_")[1])
    else:
        assert found == Mistake("topic", f"{topic:02}")


@given(topics, st.text("qxz") | st.sampled_from(["Łabędź", "王", "Müller", "😀"]), families, extensions)
def test_mistaken_canonical_name_of_another_family_on_the_same_topic_always_is_one(
    topic: int | None, own_family: str, family: str, extension: str
) -> None:
    assume(_spellings(own_family).isdisjoint(_spellings(family)))
    name = canonical_filename(topic, family, "A title", extension)
    # Being a part of the other's name counts as being there.
    assume(len(own_family) < MIN_LETTERS or own_family not in name.lower())
    found = mistaken(name, own_topic=topic, own_family=own_family, others={family: topic})
    assert found == Mistake("person", name.split("_")[1])


sent_names = any_text | st.lists(
    families | st.sampled_from(["Topic", "Thema", "topic3", "NoTopic", "7", "12", "_", " ", "-", ".pdf", "Nr."])
).map("".join)


@given(sent_names, topics, families, rolls, titles)
def test_mistaken_says_only_what_the_name_says(
    name: str, topic: int | None, family: str, others: dict[str, int | None], own_words: str
) -> None:
    found = mistaken(name, own_topic=topic, own_family=family, others=others, own_words=own_words)
    if found:
        visible = "".join(c for c in name if unicodedata.category(c)[0] != "C")
        assert found.said
        assert found.said in unicodedata.normalize("NFC", visible)
        if found.kind == "topic":
            assert int(found.said) != topic
        else:
            assert _spellings(found.said).isdisjoint(_spellings(family))


@given(sent_names, topics, families, rolls)
def test_mistaken_own_name_added_to_any_name_is_no_person_mistake(
    name: str, topic: int | None, family: str, others: dict[str, int | None]
) -> None:
    assume(any(c.isalpha() for c in family) and "_" not in name and len(name + family) < MAX_CHARACTERS)
    for sent in (f"{name} {family}.pdf", f"{family}-{name}.pdf"):
        found = mistaken(sent, own_topic=topic, own_family=family, others=others)
        assert found is None or found.kind == "topic"


@settings(deadline=None)
@given(st.lists(st.sampled_from([*sorted(ORDINARY - {"topic", "thema"}), "li", "xu", "3", "v2", "_", "(1)"])), topics)
def test_mistaken_ordinary_words_and_short_names_are_nobody(words: list[str], topic: int | None) -> None:
    others: dict[str, int | None] = dict.fromkeys([*ORDINARY, "Li", "Xu", "V"], 5)
    name = " ".join(words) + ".pdf"
    assert mistaken(name, own_topic=topic, own_family="Łabędź", others=others) is None
