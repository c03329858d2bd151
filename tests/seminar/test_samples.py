"""Every letter, in both languages: nothing untranslated, nothing missing, one tag, zones, 76 columns, nothing fetched."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from notifications.services import Rendered
from seminar.services.samples import ACCOUNTS, SAMPLES, SEMINAR, Sample, samples
from seminar.views.letters import FRAME_POLICY
from tests.factories.world import World

ROOT = Path(__file__).parents[2] / "templates"
FOUND = sorted(str(file.relative_to(ROOT)).removesuffix("_subject.txt") for file in ROOT.glob("*/email/*_subject.txt"))
ALL = list(samples())
LOST = "⟦%s⟧"
# What people and seminars wrote, which is the same in every language.
WRITTEN = re.compile(
    r"https?://\S+|Deep Learning on Graphs|QISPOS, 40512|MAR 4.03\d\??|M3|Notebook|Talks(?: \d)?|Message Passing|Enhancements"
    r"|Equivariant Flows for Molecules and Everything That Bends|Normalizing Flows|matplotlib|QX7F-2KLM|Version|Name"
    r"|Ada Großmann|Ben Łukasiewicz|Eva O’Neil|\S+@example\.org|SHA-256: \w{64}|Topic03\w+\.ipynb|[0-9a-f-]{36}"
    r"|CES?T|\(Europe/Berlin\)"
)


@pytest.fixture(autouse=True)
def _no_variable_is_lost_unseen(settings: Any) -> None:
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "OPTIONS": {**engine["OPTIONS"], "string_if_invalid": LOST}}]


def both(sample: Sample) -> tuple[Rendered, Rendered]:
    return sample.render("en"), sample.render("de")


def test_samples_are_there_for_every_letter() -> None:
    assert sorted(SAMPLES) == FOUND
    assert all((ROOT / f"{template}_message.txt").is_file() for template in FOUND)
    assert [template for template, contexts in SAMPLES.items() if not contexts] == []


@pytest.mark.parametrize("template", FOUND)
def test_letter_has_no_word_outside_of_what_is_translated(template: str) -> None:
    for part in ("subject", "message"):
        text = (ROOT / f"{template}_{part}.txt").read_text()
        left = re.sub(r"{%\s*blocktranslate.*?endblocktranslate\s*%}|{%.*?%}|{{.*?}}", " ", text, flags=re.DOTALL)
        assert re.findall(r"[^\W\d_]{2,}", re.sub(r"SHA-256|\?signature=|#(?:news|passing)", "", left)) == []


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_letter_in_both_languages(sample: Sample, settings: Any) -> None:
    for letter in both(sample):
        words = f"{letter.subject}\n{letter.text}\n{letter.html}"
        assert [word for word in ("⟦", "None", "{{", "{%", "&amp;#", "()") if word in words] == []
        tag = "" if sample.template.startswith("account/") else f"[{SEMINAR.tag}]"
        assert (letter.subject.startswith(tag), letter.subject.count("[")) == (True, bool(tag))
        lines = letter.text.split("\n")
        assert [line for line in lines if len(line) > 76 and not line.startswith("http")] == []
        assert "\n\n\n" not in letter.text
        timed = [line for line in lines if re.search(r"\d:\d\d|^(Until|Bis):", line) and "://" not in line]
        assert [line for line in timed if not re.search(r"\bCES?T\b|Europe/Berlin", line)] == []
        fetched = re.findall(
            r"(?i)<(?:img|script|link|iframe|object|embed|video|form)\b|url\(|@import|\ssrc=", letter.html
        )
        assert fetched == []
        hrefs = re.findall(r'href="([^"]*)"', letter.html)
        foreign = [href for href in hrefs if not href.startswith(settings.BASE_URL)]
        assert {href for href in foreign if f">{href}</a>" not in letter.html} == set()
        assert set(re.findall(r"https?://[^\s)]+", letter.text)) == {href.replace("&amp;", "&") for href in hrefs}


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_letter_says_nothing_in_the_other_language(sample: Sample) -> None:
    english, german = both(sample)
    shared = {*english.text.split("\n"), english.subject} & {*german.text.split("\n"), german.subject}
    left = [WRITTEN.sub("", line.removeprefix(f"[{SEMINAR.tag}]")) for line in shared]
    assert [line for line in left if re.search(r"[^\W\d_]{2,}", line)] == []
    phrases = [
        {tuple(words[n : n + 3]) for n in range(len(words))}
        for words in (
            re.findall(r"[^\W\d_]+", WRITTEN.sub(" ", f"{each.subject} {each.text}")) for each in (english, german)
        )
    ]
    assert {phrase for phrase in phrases[0] & phrases[1] if len(phrase) == 3} == set()
    assert re.findall(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Oct|Dec|May)\b", german.text) == []
    assert ('lang="en"' in english.html, 'lang="de"' in german.html) == (True, True)


@pytest.mark.parametrize("sample", ALL, ids=lambda sample: sample.name)
def test_letter_says_the_same_in_both_parts(sample: Sample) -> None:
    letter = sample.render("de")
    body = re.sub(r"(?s)<head>.*</head>", "", letter.html)
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", body)).replace("&#x27;", "'").replace("&amp;", "&")
    said = re.findall(r"[^\W_]{3,}", re.sub(r"https?://\S+", "", letter.text))
    assert [word for word in said if word not in shown] == []


def test_letter_with_an_action_has_one_button(settings: Any) -> None:
    buttons = {sample.name: sample.render("en").html.count("inline-block") for sample in ALL}
    assert {name for name, count in buttons.items() if count > 1} == set()
    without = {name.split(".")[1] for name, count in buttons.items() if count == 0}
    assert without == {
        *("mailing", "login_code", "deadline_moved", "extension", "talk_moved", "session_moved"),
        *("schedule_changed", "deadlines_changed", "talk_placed"),
        *("participant_state", "proposal_decided"),  # where there is nothing left to do
    }
    assert f'href="{ACCOUNTS}signup/"' in next(s for s in ALL if "unknown" in s.name).render("en").html


def test_samples_ask_the_database_nothing(django_assert_num_queries: Any, db: None) -> None:
    with django_assert_num_queries(0):
        for sample in ALL:
            sample.render("de")


# --- the page -------------------------------------------------------------------------------------------------


def test_sample_list_shows_every_letter_in_both_languages(world: World, signed_in: Any) -> None:
    page = signed_in(world.people["olga"]).get(world.url("messages/preview/")).content.decode()
    assert page.count("<iframe") == 2 * len(ALL)
    for words in ("Your place in the seminar", "Dein Platz im Seminar", "Please register with the", SEMINAR.title):
        assert words in page


def test_sample_frame_is_the_letter_and_nothing_else_runs_in_it(world: World, signed_in: Any) -> None:
    client: Client = signed_in(world.people["olga"])
    answer = client.get(world.url("messages/preview/courses.place_offered.1.de/"))
    assert "Platz" in answer.content.decode()
    assert (answer["Content-Security-Policy"], answer["X-Frame-Options"]) == (FRAME_POLICY, "SAMEORIGIN")
    assert FRAME_POLICY.startswith("default-src 'none'; style-src 'unsafe-inline'; ")
    assert ("allow-scripts" in FRAME_POLICY, "allow-same-origin" in FRAME_POLICY) == (False, False)


@pytest.mark.parametrize("path", ["courses.place_offered.2.de/", "nobody.wrote.1.de/", "courses.place_offered.1.fr/"])
def test_sample_frame_of_what_is_not_there_is_not_found(world: World, signed_in: Any, path: str) -> None:
    assert signed_in(world.people["olga"]).get(world.url(f"messages/preview/{path}")).status_code == 404


@pytest.mark.parametrize("path", ["", "courses.place_offered.1.de/"])
def test_sample_list_is_for_organizers(world: World, signed_in: Any, path: str) -> None:
    found = [
        signed_in(world.people[who]).get(world.url(f"messages/preview/{path}")) for who in ("anna", "other_organizer")
    ]
    assert [answer.status_code for answer in found] == [403, 403]
