"""Canonical file names: hand-made examples, and safety on every system for any text at all."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.domain.naming import (
    canonical_alias,
    canonical_filename,
    check_template,
    display_name,
    render_template,
)

# Lone surrogates included: they arrive from undecodable file names.
any_text = st.text(st.characters() | st.characters(categories=["Cs", "Cf", "So"]))
topics = st.none() | st.integers(0, 9999)
templates = st.sampled_from(
    ["Topic{topic:02}_{family}_{title}", "{family}_report_{topic}", "{title}", "{family}", "{topic}.{title}.",
     "{family}.x", "com{topic}", "a23456789_123456789_1234{title}{family}{topic:04}"]
)  # fmt: skip
RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}


def assert_safe(name: str) -> None:
    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name)
    assert not name.endswith(".")
    assert len(name.encode()) <= 120
    assert name.split(".", maxsplit=1)[0].lower() not in RESERVED


@pytest.mark.parametrize(
    ("topic", "family", "title", "extension", "expected"),
    [
        (
            3,
            "Großmann",
            "Geometric Latent Diffusion Models for 3D Molecule Generation",
            "ipynb",
            "Topic03_Grossmann_GeometricLatentDiffusionModelsFor3DMoleculeGeneration.ipynb",
        ),
        (7, "Müller", "TrojDiff: Trojan Attacks", ".ipynb", "Topic07_Mueller_TrojDiffTrojanAttacks.ipynb"),
        (12, "Wałęsa", "E(3)-invariant", "PDF", "Topic12_Walesa_E3Invariant.pdf"),
        (99, "Ångström", "Schrödinger's bridge", "zip", "Topic99_Aangstroem_SchroedingersBridge.zip"),
        (100, "Sørensen", "Schrödinger’s bridge", "tar.gz", "Topic100_Soerensen_SchroedingersBridge.tar.gz"),
        (0, "Þórðarson", "naïve Bayes", "py", "Topic00_Thordarson_NaiveBayes.py"),
        (None, "O'Neill", "", "py", "NoTopic_ONeill_Untitled.py"),
        (1, "", "😀", "py", "Topic01_Unnamed_Untitled.py"),
        (1, "👩🏽‍🔬🇩🇪", "1️⃣ and ❤️", "py", "Topic01_Unnamed_1And.py"),
        (1, "van der Waals", "C++ & R", "", "Topic01_VanDerWaals_CR"),
        (1, "Müller-Lüdenscheidt", "a/b\\c", "py", "Topic01_MuellerLuedenscheidt_ABC.py"),
        (1, "MÜLLER", "Über ÄÖÜ, GROẞ", "py", "Topic01_MUELLER_UeberAEOEUEGROSS.py"),
        (1, "aMÜ", "ÜBungen", "a.b-c", "Topic01_AMUE_UEBungen.a.bc"),
        (1, "A", "B", "abcdefghijklmnopqrst", "Topic01_A_B.abcdefghijklmnop"),
        (1, "A", "B", "abcdefghijklmno.pq", "Topic01_A_B.abcdefghijklmno"),
        (1, "Mu\u0308ller", "Zu\u00adsam\u200dmen", "py", "Topic01_Mueller_Zusammen.py"),
        (1, "Соловьёв", "x", "py", "Topic01_Solovev_X.py"),
        (1, "张伟", "x", "py", "Topic01_ZhangWei_X.py"),
        (1, "محمد", "x", "py", "Topic01_Mhmd_X.py"),
        (1, "معروف", "x", "py", "Topic01_Mrwf_X.py"),  # ayin is transliterated to a backquote
        (1, "शर्मा", "x", "py", "Topic01_Srma_X.py"),
        (1, "Παπαδόπουλος", "ﬁt of x²", "py", "Topic01_Papadopoylos_FitOfX2.py"),
    ],
)
def test_canonical_filename_of_examples(
    topic: int | None, family: str, title: str, extension: str, expected: str
) -> None:
    assert canonical_filename(topic, family, title, extension) == expected


@pytest.mark.parametrize("topic", [-1, 10_000])
def test_canonical_filename_topic_out_of_range_is_refused(topic: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 9999"):
        canonical_filename(topic, "A", "B", "py")


@given(topics, any_text, any_text, any_text)
def test_canonical_filename_is_safe_for_any_text(topic: int | None, family: str, title: str, extension: str) -> None:
    name = canonical_filename(topic, family, title, extension)
    assert_safe(name)
    stem = name.split(".")[0]
    assert len(stem.split("_")) == 3
    assert all(stem.split("_"))


@given(topics, any_text, any_text)
def test_canonical_filename_is_idempotent_on_its_own_pieces(topic: int | None, family: str, title: str) -> None:
    name = canonical_filename(topic, family, title, "ipynb")
    _, family_piece, title_piece = name.removesuffix(".ipynb").split("_")
    assert canonical_filename(topic, family_piece, title_piece, ".ipynb") == name


@given(
    st.lists(st.text("abcdefgh", min_size=1, max_size=15), min_size=10, max_size=40),
    st.text("xyz", max_size=60),
)
def test_canonical_filename_cuts_the_title_between_words(words: list[str], family: str) -> None:
    name = canonical_filename(5, family, " ".join(words), "ipynb")
    piece = name.removesuffix(".ipynb").split("_")[2]
    kept = re.findall("[A-Z][a-z]*", piece)
    assert kept == [word.capitalize() for word in words[: len(kept)]]
    assert len(name) <= 120
    # No word was dropped that had room.
    assert len(kept) == len(words) or len(name) + len(words[len(kept)]) >= 120


def test_canonical_filename_cuts_a_title_without_boundary_to_fill_the_name() -> None:
    assert len(canonical_filename(5, "A", "x" * 500, "ipynb")) == 119
    assert canonical_filename(5, "A" * 500, "B", "ipynb") == f"Topic05_{'A' * 40}_B.ipynb"


@pytest.mark.parametrize(
    ("alias", "extension", "expected"),
    [
        ("Submission 7", "ipynb", "Submission7.ipynb"),
        ("submission 7", ".ipynb", "Submission7.ipynb"),
        ("😀", "ipynb", "Unnamed.ipynb"),
        ("nul", "txt", "Nul_.txt"),
        ("com1", "", "Com1_"),
        ("console", "txt", "Console.txt"),
    ],
)
def test_canonical_alias_of_examples(alias: str, extension: str, expected: str) -> None:
    assert canonical_alias(alias, extension) == expected


@given(any_text | st.sampled_from(sorted(RESERVED)), any_text)
def test_canonical_alias_is_safe_for_any_text(alias: str, extension: str) -> None:
    name = canonical_alias(alias, extension)
    assert_safe(name)


def test_canonical_alias_long_is_cut() -> None:
    assert len(canonical_alias("x" * 500, "ipynb")) == 119


@pytest.mark.parametrize(
    ("template", "topic", "expected"),
    [
        ("{family}_report_{topic}", 3, "Grossmann_report_3.pdf"),
        ("{topic:03}-{title}", 3, "003-SmallModels.pdf"),
        ("Topic{topic:02}_{family}", None, "NoTopic_Grossmann.pdf"),
        ("{family}_{topic}", None, "Grossmann_NoTopic.pdf"),
        ("com{topic}", 3, "com3_.pdf"),
        ("com{topic}.{title}", 3, "com3_.SmallModels.pdf"),
    ],
)
def test_render_template_of_examples(template: str, topic: int | None, expected: str) -> None:
    name = render_template(template, topic_number=topic, family_name="Großmann", title="small models", extension="pdf")
    assert name == expected


def test_render_template_ending_in_a_dot_without_extension_loses_it() -> None:
    name = render_template("{title}.", topic_number=1, family_name="A", title="b", extension="")
    assert name == "B"


@given(templates, topics, any_text, any_text | st.sampled_from(sorted(RESERVED)), any_text)
def test_render_template_is_safe_for_any_text(
    template: str, topic: int | None, family: str, title: str, extension: str
) -> None:
    name = render_template(template, topic_number=topic, family_name=family, title=title, extension=extension)
    assert_safe(name)


BAD_TEMPLATES = {
    "{family": "braces",
    "family}": "braces",
    "{family!}": "braces",
    "report": "at least one",
    "": "at least one",
    "{}": "only the fields",
    "{0}": "only the fields",
    "{name}": "only the fields",
    "{family.__class__}": "only the fields",
    "{family[0]}": "only the fields",
    "{family}{family}": "twice",
    "{family!r}": "conversion",
    "{family!r}{title}": "conversion",
    "{family:10}{topic:02}": "takes a format",
    "{family:10}": "takes a format",
    "{title:{family}}": "takes a format",
    "{topic:9999}": "takes a format",
    "{topic:2}": "takes a format",
    "{topic:x}": "takes a format",
    "../{family}": "ASCII letters",
    "{{x}}{family}": "ASCII letters",
    "a b{family}": "ASCII letters",
    "{family}\n": "ASCII letters",
    "ü{family}": "ASCII letters",
    ".{family}": "start with a dot",
    "-{family}": "start with a dot",
    "{family}" + "x" * 25: "exceeds 24",
}


@pytest.mark.parametrize("template", BAD_TEMPLATES)
def test_check_template_bad_is_told_and_refused(template: str) -> None:
    problem = check_template(template)
    assert problem is not None
    assert BAD_TEMPLATES[template] in problem
    with pytest.raises(ValueError, match=re.escape(problem)):
        render_template(template, topic_number=1, family_name="A", title="B", extension="py")


@given(templates)
def test_check_template_good_has_no_problem(template: str) -> None:
    assert check_template(template) is None


@given(st.text("{}[]!:.0dtopicfamilytitle_", max_size=30))
def test_check_template_accepted_can_always_be_rendered(template: str) -> None:
    if check_template(template) is None:
        name = render_template(template, topic_number=1, family_name="A", title="B", extension="py")
        assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*\.py", name)


@pytest.mark.parametrize(
    ("original", "extension", "expected"),
    [
        ("Müller final (2).ipynb", "ipynb", "Müller final (2).ipynb"),
        ("Report.PDF", ".pdf", "Report.PDF"),
        (" a  b .pdf", "pdf", "a b.pdf"),
        ("report.exe", "pdf", "report.exe.pdf"),
        ("../../etc/passwd", "txt", "passwd.txt"),
        ("C:\\Users\\me\\a.txt", "txt", "a.txt"),
        ("folder/", "txt", "folder.txt"),
        ("a\u202efdp.txt", "txt", "afdp.txt"),
        ("a\x00\x1b[31m\tb\n c.txt", "txt", "a[31m b c.txt"),
        ("Mu\u0308ller.txt", "txt", "Müller.txt"),
        ("M\u202eu\u202c\u0308ller.txt", "txt", "Müller.txt"),
        ("..", "txt", "Untitled.txt"),
        ("", "", "Untitled"),
        (".txt", "txt", "Untitled.txt"),
        ("报告.ipynb", "ipynb", "报告.ipynb"),
    ],
)
def test_display_name_of_examples(original: str, extension: str, expected: str) -> None:
    assert display_name(original, extension) == expected


@given(any_text, st.sampled_from(["ipynb", ".pdf", "tar.gz", ""]))
def test_display_name_is_safe_for_any_text(original: str, extension: str) -> None:
    name = display_name(original, extension)
    assert 0 < len(name) <= 120
    assert not any(unicodedata.category(c) in {"Cc", "Cf", "Co", "Cs", "Zl", "Zp"} for c in name)
    assert not set(name) & set("/\\")
    assert unicodedata.is_normalized("NFC", name)
    assert name.lower().endswith(extension)
    assert display_name(name, extension) == name


def test_display_name_long_is_cut_before_the_extension() -> None:
    assert display_name("ü" * 500 + ".ipynb", "ipynb") == "ü" * 114 + ".ipynb"
