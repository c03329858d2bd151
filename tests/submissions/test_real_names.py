"""The names that the example seminars give to their files: every topic, family names in many scripts, every system."""

import re
import tomllib
import unicodedata
import zipfile
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from submissions.domain.naming import DEFAULT_TEMPLATE, check_template, render_template

EXAMPLES = Path(__file__).parents[2] / "examples"
SEMINAR: dict[str, Any] = tomllib.loads((EXAMPLES / "deepdiffusion2023.toml").read_text("utf-8"))
OTHER_SEMINAR: dict[str, Any] = tomllib.loads((EXAMPLES / "hydrology2025.toml").read_text("utf-8"))
TITLES: dict[int, str] = {topic["number"]: topic["title"] for topic in SEMINAR["topics"]}
# A slot of the first seminar names no template and so has the default; the other seminar's templates are its own.
OWN_SLOTS = [(slot.get("naming", DEFAULT_TEMPLATE), slot["types"][0]) for slot in SEMINAR["uploads"]]
OTHER_SLOTS = [(slot["naming"], slot["types"][0]) for slot in OTHER_SEMINAR["uploads"]]
# The last is nobody's: it puts the family name where Windows looks for devices.
SLOTS = [*OWN_SLOTS, *OTHER_SLOTS, ("{family}.T{topic}", ".tar.gz")]

# Invented people. The key is how Unicode names the letters of the script.
FAMILIES = {
    "LATIN": [
        "Großmann", "Weißmüller", "Łabędź", "Øvergård", "Þorláksdóttir", "Yıldırım", "Đặng", "Nguyễn-Phước",
        "Dvořáčková", "Ștefănescu", "Žukauskaitė", "O’Neill", "N’Diaye-Brandt", "van der Berg", "García Márquez",
        "d'Àvila i Puig", "Ó Súilleabháin", "İnönü", "ĐURĐEVIĆ", "Con", "Nul", "Aux", "Com1", "Lpt²", "Mu\u0308llner",
    ],
    "CYRILLIC": ["Соловьёва", "Щербатюк", "Їжакевич", "Ђорђевић", "Жусіпбекұлы"],
    "GREEK": ["Παπαδόπουλος", "Χατζηδάκης", "Ξυνογαλά"],
    "ARABIC": ["الحسني", "عبد الرحمن", "خوارزمی", "بٹ"],
    "HEBREW": ["בן־ארי", "שרעבי", "צ׳רניחובסקי"],
    "DEVANAGARI": ["शर्मा", "श्रीवास्तव", "ज्ञवाली"],
    "BENGALI": ["চট্টোপাধ্যায়", "রহমান"],
    "TAMIL": ["சுப்பிரமணியன்", "இளங்கோ"],
    "CJK": ["欧阳", "司馬", "鄭", "𠮷野", "佐々木"],
    "HIRAGANA": ["さくらい", "つじもと"],
    "KATAKANA": ["ヴィットーネ", "ガルシア・ロペス"],
    "HANGUL": ["남궁", "황보", "뷁"],
    "THAI": ["ศรีสุวรรณ", "แก้วมณี"],
    "GEORGIAN": ["გელაშვილი", "ჭავჭავაძე"],
    "ARMENIAN": ["Հակոբյան", "Ճշմարիտյան"],
    "ETHIOPIC": ["ገብረማርያም", "ወልደ"],
    "KHMER": ["សុខា", "ឆាយ"],
}  # fmt: skip
PEOPLE = [family for families in FAMILIES.values() for family in families]

# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
WINDOWS_FORBIDDEN = {*'<>:"/\\|?*', *map(chr, range(32))}
WINDOWS_DEVICES = {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"} | {
    port + number for port in ("COM", "LPT") for number in "0123456789¹²³"
}


def broken_on_windows(name: str) -> list[str]:
    device = name.split(".", maxsplit=1)[0].rstrip(" ").upper()
    return [
        rule
        for rule, broken in {
            "holds a forbidden or control character": WINDOWS_FORBIDDEN & set(name),
            "is a device, whatever its extension": device in WINDOWS_DEVICES,
            "ends in a dot or a space, which Windows drops": name.endswith((".", " ")),
            "begins with a space, which Explorer drops": name.startswith(" "),
            "has no character, or over 255 UTF-16 units": not 0
            < len(name.encode("utf-16-le", "surrogatepass"))
            <= 2 * 255,
            "has half a surrogate pair": any(unicodedata.category(c) == "Cs" for c in name),
            "is like the short name of another file": re.search(r"~\d", name),
        }.items()
        if broken
    ]


def broken_on_macos(name: str) -> list[str]:
    return [
        rule
        for rule, broken in {
            "holds a slash, or the colon that Finder shows as one": set(":/\0") & set(name),
            "is another name once HFS+ has decomposed it": unicodedata.normalize("NFD", name) != name,
            "is another name once a program has composed it": unicodedata.normalize("NFC", name) != name,
            "is not pure ASCII": not name.isascii(),
            "has no byte, or over 255 in UTF-8": not 0 < len(name.encode("utf-8", "surrogatepass")) <= 255,
            "is hidden": name.startswith("."),
        }.items()
        if broken
    ]


def broken_on_linux(name: str) -> list[str]:
    return [
        rule
        for rule, broken in {
            "holds a slash or a NUL": set("/\0") & set(name),
            "is a folder": name in {".", ".."},
            "has no byte, or over 255": not 0 < len(name.encode("utf-8", "surrogatepass")) <= 255,
            "is hidden": name.startswith("."),
            "is taken for an option by commands": name.startswith("-"),
            "must be quoted in a shell": set(name) & set(" \t\n'\"\\$`!&;|<>()[]{}*?~#"),
        }.items()
        if broken
    ]


BROKEN = {"Linux": broken_on_linux, "macOS": broken_on_macos, "Windows": broken_on_windows}


def names_of(template: str, extension: str) -> dict[tuple[int, str], str]:
    """The name for everybody with every topic of the first seminar."""
    return {
        (number, family): render_template(
            template, topic_number=number, family_name=family, title=TITLES[number], extension=extension
        )
        for number, family in product(TITLES, PEOPLE)
    }


@pytest.mark.parametrize(
    ("system", "name"),
    [
        *(("Windows", name) for name in ("con", "AUX.txt", "nul.tar.gz", "COM1.ipynb", "lpt³", "Com² .txt", "conin$")),
        *(("Windows", name) for name in ("a.", "a ", " a", "a:b", "a?", "a\tb", "", "a\ud800", "😀" * 128, "TOPIC0~1")),
        *(("macOS", name) for name in ("a:b", "a/b", "ü", "u\u0308", "Å", "漢", "", "x" * 256, ".a", "ü" * 128)),
        *(("Linux", name) for name in ("a/b", "a\0b", ".", "..", "", ".a", "-rf", "x" * 256, "ü" * 128, "a b", "$x")),
    ],
)  # fmt: skip
def test_rules_refuse_what_the_system_refuses(system: str, name: str) -> None:
    assert BROKEN[system](name)


def test_families_are_of_the_scripts_they_stand_under() -> None:
    assert len(FAMILIES) >= 12
    for script, families in FAMILIES.items():
        assert len(families) >= 2
        for family in families:
            assert any(unicodedata.name(letter).startswith(script) for letter in family), family


def test_seminar_has_the_twelve_topics_and_usable_templates() -> None:
    assert list(TITLES) == list(range(1, 13))
    assert OWN_SLOTS == [(DEFAULT_TEMPLATE, ".pdf"), (DEFAULT_TEMPLATE, ".ipynb"), (DEFAULT_TEMPLATE, ".ipynb")]
    assert [check_template(template) for template, _ in SLOTS] == [None] * 7


def test_example_of_the_page_is_exactly_the_name() -> None:
    expected = "Topic03_Grossmann_GeometricLatentDiffusionModelsFor3DMoleculeGeneration.ipynb"
    assert names_of(DEFAULT_TEMPLATE, ".ipynb")[3, "Großmann"] == expected
    # The seminar's own page promises the same.
    page = next(section["body"] for section in SEMINAR["sections"] if section["key"] == "files")
    assert re.findall(r"Topic\d\S*", page) == [expected]


@pytest.mark.parametrize(("template", "extension"), SLOTS)
@pytest.mark.parametrize("system", BROKEN)
def test_names_are_safe_on(system: str, template: str, extension: str) -> None:
    broken = {name: BROKEN[system](name) for name in names_of(template, extension).values()}
    assert {name: rules for name, rules in broken.items() if rules} == {}


@pytest.mark.parametrize(("template", "extension"), SLOTS)
def test_names_of_different_topics_differ_after_case_folding(template: str, extension: str) -> None:
    topics: dict[str, set[int]] = {}
    for (number, _), name in names_of(template, extension).items():
        topics.setdefault(unicodedata.normalize("NFKC", name).casefold(), set()).add(number)
    assert [name for name, numbers in topics.items() if len(numbers) > 1] == []


@pytest.mark.parametrize(("template", "extension"), SLOTS)
def test_names_of_different_people_of_ours_differ_after_case_folding(template: str, extension: str) -> None:
    """So that a folder of everybody's files holds them all; real namesakes are told apart by the archive."""
    names = names_of(template, extension)
    assert len({name.casefold() for name in names.values()}) == len(names) == 12 * len(PEOPLE)


@pytest.mark.parametrize(("template", "extension"), SLOTS)
def test_names_carry_topic_and_extension_and_no_empty_piece(template: str, extension: str) -> None:
    for (number, _), name in names_of(template, extension).items():
        # The underscore keeps a family name from being a device.
        pattern = re.sub(r"\{(family|title)\}", "[A-Z0-9][A-Za-z0-9]*_?", (template + extension).replace(".", "[.]"))
        assert re.fullmatch(re.sub(r"\{topic[^}]*\}", f"0*{number}", pattern), name)
        assert "Unnamed" not in name
        assert "Untitled" not in name


@pytest.mark.parametrize(("template", "extension"), SLOTS)
def test_names_can_be_files_and_be_zipped_and_read_back(template: str, extension: str, tmp_path: Path) -> None:
    contents = {name: repr(key).encode() for key, name in names_of(template, extension).items()}
    folder = tmp_path / "files"
    folder.mkdir()
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for name, content in contents.items():
            with (folder / name).open("xb") as file:
                file.write(content)
            archive.write(folder / name, name)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == contents
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        assert archive.testzip() is None
        # No entry needs the flag for names in UTF-8, which old programs do not know.
        assert not any(entry.flag_bits & 0x800 for entry in archive.infolist())
        assert {name: archive.read(name) for name in archive.namelist()} == contents
        archive.extractall(tmp_path / "out")
    assert {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()} == contents
