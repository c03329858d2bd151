"""The public page of a seminar: what everybody may know, and no name without its owner's consent."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from courses.models import Participant, ParticipantState, Seminar, Session
from courses.services import change_state
from milestones.models import Anchor, Milestone
from milestones.services import grant_extension
from tests.courses.crowd import add_students, queries_of
from tests.factories.world import World
from topics.models import SessionTopic, Topic
from topics.services import assign_topic

SignIn = Callable[..., Client]


@pytest.fixture(autouse=True)
def _present(now: datetime, time_machine: Any) -> None:
    time_machine.move_to(now, tick=False)


def text_of(response: HttpResponse) -> str:
    """The page's words, without tags."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def page(world: World, client: Client) -> str:
    response = client.get(world.url())
    assert response.status_code == 200
    return response.content.decode()


def words(world: World, client: Client) -> str:
    return text_of(client.get(world.url()))


def facts(html: str) -> dict[str, str]:
    """The table of facts: term → description."""
    pairs = re.findall(r"<dt>(.*?)</dt>\s*<dd>(.*?)</dd>", html, re.DOTALL)
    return {term: " ".join(re.sub(r"<[^>]*>", " ", text).split()) for term, text in pairs}


def days(html: str) -> list[str]:
    """The rows of the schedule as words."""
    rows = html.partition('<ol class="timeline">')[2].partition("</ol>")[0].split("<li")[1:]
    return [" ".join(re.sub(r"<[^>]*>", " ", f"<li{row}").split()) for row in rows]


def give(world: World, name: str, number: int, now: datetime) -> None:
    assign_topic(world.row(name), world.topic(number), reason="", actor=world.row("olga").user, now=now)


# --- facts --------------------------------------------------------------------------------------------------


def test_seminar_detail_shows_the_facts_to_everybody(world: World, client: Client) -> None:
    assert facts(page(world, client)) == {
        "When and where": "Fridays 14:15–16:00, 1.06 (in person)",
        "Term": "Winter 2023/24",
        "Language": "English",
        "ECTS": "7",
        "Contact": "Olga Organizer (subject [Small2023], filled in)",
        "Examination office": "Register with the examination office.",
    }


def test_seminar_detail_contact_link_fills_in_the_tag(world: World, client: Client) -> None:
    assert 'href="mailto:olga@example.org?subject=%5BSmall2023%5D%20"' in page(world, client)


def test_seminar_detail_without_a_contact_names_none(world: World, client: Client) -> None:
    Participant.objects.update(is_contact=False)
    assert "Contact" not in facts(page(world, client))
    assert "olga@example.org" not in page(world, client)


def test_seminar_detail_shows_texts_and_escapes_what_is_no_markdown(world: World, client: Client) -> None:
    world.seminar.sections.update(body="What it is **about**.\n\n<script>alert(1)</script>")
    html = page(world, client)
    assert "<p>What it is <strong>about</strong>.</p>" in html
    assert "<script>alert" not in html


def test_seminar_detail_names_organizers(world: World, client: Client) -> None:
    assert words(world, client).partition("A Small Seminar For tests ")[2].startswith("Olga Organizer · Otto Organizer")


# --- places -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("capacity", "sentence"),
    [
        (6, "2 of 6 places are open"),
        (5, "1 of 5 places is open"),
        (4, "All 4 places are taken; there is a waiting list"),
        (3, "All 3 places are taken; there is a waiting list"),
    ],
)
def test_seminar_detail_counts_free_places(world: World, client: Client, capacity: int, sentence: str) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(capacity=capacity)
    assert sentence in words(world, client)


def test_seminar_detail_counts_a_place_that_falls_free_at_once(world: World, client: Client) -> None:
    assert "1 of 5 places is open" in words(world, client)
    Participant.objects.filter(pk=world.row("anna").pk).update(state=ParticipantState.WITHDRAWN)
    assert "2 of 5 places are open" in words(world, client)


def test_seminar_detail_says_until_when_one_may_enter(world: World, client: Client) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(entry_closes_on=date(2023, 11, 3))
    open_until = "1 of 5 places is open · people on the waiting list come first · enter until Fri 3 Nov 2023"
    assert open_until in words(world, client)
    world.row("wait").delete()
    assert "1 of 5 places is open · enter until Fri 3 Nov 2023" in words(world, client)


def card(world: World, client: Client) -> str:
    """The words of the card with the places."""
    html = page(world, client).partition('<div class="card places">')[2].partition("</div>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("anonymous", "Enter this seminar"),
        ("outsider", "Enter this seminar"),
        ("gone", "Enter this seminar"),
        ("other_student", "Enter this seminar"),
        ("apply", "applied What now?"),
        ("anna", "admitted What now?"),
        ("olga", "To the overview"),
    ],
)
def test_seminar_detail_offers_each_what_is_theirs(world: World, signed_in: SignIn, name: str, action: str) -> None:
    world.row("wait").delete()
    assert card(world, signed_in(world.people[name])).endswith(f"1 of 5 places is open {action}")


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("outsider", "Join the waiting list"),
        ("gone", "Join the waiting list"),
        ("wait", "on the waiting list What now?"),
    ],
)
def test_seminar_detail_says_who_comes_first(world: World, signed_in: SignIn, name: str, action: str) -> None:
    sentence = "1 of 5 places is open · people on the waiting list come first"
    assert card(world, signed_in(world.people[name])).endswith(f"{sentence} {action}")


def test_seminar_detail_leads_to_an_open_offer(world: World, signed_in: SignIn, now: datetime) -> None:
    change_state(world.row("wait"), ParticipantState.OFFERED, actor=None, now=now)
    words = card(world, signed_in(world.people["wait"]))
    assert words.endswith("All 5 places are taken; there is a waiting list A place is free for you")


@pytest.mark.parametrize(
    ("dates", "sentence"),
    [
        ({"entry_opens_on": date(2023, 10, 28)}, "Entry opens on Sat 28 Oct 2023."),
        ({"entry_closes_on": date(2023, 10, 26)}, "Entry has closed. Please write to the organizers."),
    ],
)
def test_seminar_detail_outside_the_entry_window_has_no_button(
    world: World, client: Client, dates: dict[str, date], sentence: str
) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(**dates)
    words = card(world, client)
    assert sentence in words
    assert "Join" not in words


# --- the schedule -------------------------------------------------------------------------------------------


def test_seminar_detail_schedule_is_the_term_in_order(world: World, client: Client) -> None:
    Session.objects.filter(key="talks").update(tentative=True, note="Bring water.", room="2.01")
    assert days(page(world, client)) == [
        "Fri 27 Oct 2023 Kick-off 14:15–16:00, 1.06",
        "Mon 30 Oct 2023 Milestone I Topic preferences until Mon 30 Oct 2023, 23:59 CET",
        "Fri 17 Nov 2023 Questions and answers 14:15–16:00, 1.06 Topics 1, 2",
        "Fri 24 Nov 2023 No seminar",
        "Fri 8 Dec 2023 Milestone II Slides until Fri 8 Dec 2023, 23:59 CET",
        "Fri 15 Dec 2023 Presentations may still move 14:15–16:00, 2.01 Bring water. Topics 1, 2, 3, 4 · 15–20 minutes each",
        "Fri 9 Feb 2024 Milestone III Notebook until Fri 9 Feb 2024, 23:59 CET",
        "Fri 23 Feb 2024 Milestone IV Reviews until Fri 23 Feb 2024, 23:59 CET",
    ]


def test_seminar_detail_schedule_marks_today(world: World, client: Client, time_machine: Any) -> None:
    time_machine.move_to(datetime(2023, 11, 19, 23, 30, tzinfo=UTC), tick=False)  # Monday in Berlin already
    rows = days(page(world, client))
    at = rows.index("Today Mon 20 Nov 2023")
    assert (rows[at - 1][:15], rows[at + 1][:15]) == ("Fri 17 Nov 2023", "Fri 24 Nov 2023")


def test_seminar_detail_shows_a_milestone_on_the_row_of_its_session(world: World, client: Client) -> None:
    session = Session.objects.get(seminar=world.seminar, key="talks")
    Milestone.objects.filter(seminar=world.seminar, key="m2").update(session=session)
    rows = days(page(world, client))
    assert not [row for row in rows if row.startswith("Fri 8 Dec 2023")]
    (row,) = (row for row in rows if row.startswith("Fri 15 Dec 2023"))
    assert row.endswith("Milestone II Slides until Fri 8 Dec 2023, 23:59 CET")


def test_seminar_detail_shows_deadlines_that_hang_on_the_own_talk(world: World, client: Client) -> None:
    Milestone.objects.filter(seminar=world.seminar, key="m3").update(
        anchor=Anchor.OWN_TALK, due_date=None, offset_days=7
    )
    assert "Milestone III Notebook 7 days after your own talk, 23:59" in words(world, client)


def test_seminar_detail_shows_a_member_their_own_topic_and_deadline(
    world: World, signed_in: SignIn, now: datetime
) -> None:
    give(world, "anna", 1, now)
    grant_extension(
        world.milestone("m2"),
        world.row("anna"),
        due_date=date(2023, 12, 11),
        due_time=datetime(2023, 12, 11, 12, 0).time(),
        reason="ill",
        actor=world.row("olga").user,
        now=now,
    )
    rows = days(page(world, signed_in(world.people["anna"])))
    assert "Mon 11 Dec 2023 Milestone II Slides until Mon 11 Dec 2023, 12:00 CET · your extension" in rows
    assert [row[:15] for row in rows if "your topic" in row] == ["Fri 17 Nov 2023", "Fri 15 Dec 2023"]
    assert "your extension" not in page(world, signed_in(world.people["boris"]))


# --- topics and names ---------------------------------------------------------------------------------------


def catalogue(html: str) -> dict[int, str]:
    """Topic number → what stands in the column of students."""
    rows = re.findall(r'<tr id="topic-(\d+)">.*?<td>.*?</td>\s*<td>(.*?)</td>', html, re.DOTALL)
    return {int(number): " ".join(re.sub(r"<[^>]*>", " ", cell).split()) for number, cell in rows}


FREE = {2: "free", 3: "free", 4: "free", 5: "free"}


def test_seminar_detail_names_a_student_only_where_they_agreed(world: World, signed_in: SignIn, now: datetime) -> None:
    give(world, "anna", 1, now)
    give(world, "boris", 2, now)  # agreed in the file
    for name in ("anonymous", "outsider", "apply", "wait", "gone", "other_student", "other_organizer"):
        html = page(world, signed_in(world.people[name]))
        assert catalogue(html) == {**FREE, 1: "taken", 2: "Boris Łukasik"}
        assert "Großmann" not in html.partition("<main")[2] or name == "other_student"
        assert "Großmann" not in html.partition("<main")[2]


@pytest.mark.parametrize("name", ["anna", "carla", "olga"])
def test_seminar_detail_shows_names_to_those_who_take_part(
    world: World, signed_in: SignIn, now: datetime, name: str
) -> None:
    User.objects.update(language="en")
    give(world, "anna", 1, now)
    html = page(world, signed_in(world.people[name]))
    assert catalogue(html)[1] == "Anna Großmann"
    (row,) = (row for row in days(html) if row.startswith("Fri 17 Nov 2023"))
    assert "Topics 1 Großmann, 2" in row


def test_seminar_detail_follows_a_change_of_mind(world: World, client: Client, now: datetime) -> None:
    give(world, "boris", 2, now)
    Participant.objects.filter(pk=world.row("boris").pk).update(name_public=False)
    assert catalogue(page(world, client)) == {1: "free", **FREE, 2: "taken"}


def test_seminar_detail_of_a_seminar_that_shows_no_names_shows_none(
    world: World, client: Client, now: datetime
) -> None:
    give(world, "boris", 2, now)
    Seminar.objects.filter(pk=world.seminar.pk).update(names_public=False)
    assert catalogue(page(world, client))[2] == "taken"
    assert catalogue(client.get(world.url("topics/")).content.decode())[2] == "taken"


def test_seminar_detail_hides_moderators_from_the_public(world: World, signed_in: SignIn) -> None:
    SessionTopic.objects.filter(session__key="talks", topic__number=1).update(moderator=world.row("dana"))
    assert "Demir" not in page(world, signed_in(None))
    assert "moderated by Dana Demir" in words(world, signed_in(world.people["anna"]))


def test_seminar_detail_shows_a_topic_as_free_again_when_its_holder_leaves(
    world: World, client: Client, now: datetime
) -> None:
    give(world, "boris", 2, now)
    Participant.objects.filter(pk=world.row("boris").pk).update(state=ParticipantState.WITHDRAWN)
    assert catalogue(page(world, client))[2] == "free"


# --- the rule -----------------------------------------------------------------------------------------------


def test_seminar_detail_shows_weights_and_rules(world: World, client: Client) -> None:
    html = page(world, client)
    assert 'aria-label="Weights of the parts: Presentation 40 %, Notebook 50 %, Reviews 10 %' in html
    text = words(world, client).partition("How to pass Presentation")[2]
    criteria = "Tells a story (0 to 4 points) Has slide numbers (0 to 4 points)"
    first = f" · 40 % · must be passed The 2 criteria we grade by {criteria} Notebook · 50 %"
    assert text.startswith(first)
    assert "Revision · no weight · must be passed · passed or not" in text
    assert "Attendance · no weight · must be passed · attend all sessions" in text
    assert "A part is passed with 4.0 or better (lower)." in text
    assert "Failing any part fails the whole seminar." in text


def test_seminar_detail_of_a_bare_seminar_says_what_will_be_there(world: World, client: Client) -> None:
    bare = Seminar.objects.create(
        slug="bare",
        title="Bare",
        tag="B",
        term="T",
        ects=1,
        capacity=1,
        weekday=0,
        starts_at="10:00",
        ends_at="12:00",
    )
    text = text_of(client.get(f"/seminars/{bare.slug}/"))
    for sentence in (
        "The dates will be here.",
        "The topics will be here.",
        "1 of 1 places is open",
        "Mondays 10:00–12:00",
    ):
        assert sentence in text
    assert "How to pass" not in text


# --- who ----------------------------------------------------------------------------------------------------


def test_seminar_detail_that_is_not_published_is_seen_by_its_people_only(world: World, signed_in: SignIn) -> None:
    Seminar.objects.filter(pk=world.seminar.pk).update(published=False)
    for name in ("anna", "apply", "wait", "gone", "olga"):
        assert signed_in(world.people[name]).get(world.url()).status_code == 200
    for name in ("anonymous", "outsider", "other_student", "other_organizer"):
        client = signed_in(world.people[name])
        answers = [client.get(url, headers={"accept": "application/json"}) for url in (world.url(), "/seminars/none/")]
        assert [(a.status_code, a.content) for a in answers] == [(404, answers[1].content)] * 2


def test_seminar_detail_only_reads(world: World, client: Client) -> None:
    assert client.post(world.url()).status_code == 405


def test_seminar_detail_takes_the_same_queries_for_one_topic_and_for_thirty(
    world: World, client: Client, now: datetime
) -> None:
    Topic.objects.filter(seminar=world.seminar, number__gt=1).delete()
    give(world, "anna", 1, now)
    one = queries_of(client, world.url())
    Topic.objects.bulk_create(Topic(seminar=world.seminar, number=n, title=f"T{n}") for n in range(2, 31))
    add_students(world.seminar, 26)
    Session.objects.bulk_create(
        Session(seminar=world.seminar, key=f"s{n}", kind="other", date=date(2024, 1, 1)) for n in range(30)
    )
    assert queries_of(client, world.url()) == one


# --- the language -------------------------------------------------------------------------------------------


def test_language_update_is_remembered_and_leads_back(world: World, client: Client) -> None:
    response = client.post("/language/", {"language": "de", "next": world.url("topics/")})
    assert (response.status_code, response.url) == (302, world.url("topics/"))
    cookie = response.cookies["django_language"]
    assert (cookie.value, cookie["httponly"], cookie["samesite"]) == ("de", True, "Lax")
    assert '<html lang="de">' in page(world, client)


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", ""])
def test_language_update_leads_nowhere_else(db: None, client: Client, target: str) -> None:
    response = client.post("/language/", {"language": "en", "next": target})
    assert (response.status_code, response.url) == (302, "/")


def test_language_update_of_an_unknown_language_changes_nothing(db: None, client: Client) -> None:
    response = client.post("/language/", {"language": "tlh"})
    assert (response.status_code, "django_language" in response.cookies) == (302, False)
    assert client.get("/language/").status_code == 405
