"""Reviews as students and organizers meet them in the browser."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date
from html import escape
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from courses.models import Participant, ParticipantState
from notifications.models import Letter
from notifications.services import drain
from reviews.models import Review, ReviewRound, ReviewState
from reviews.services import draw_plan, hand_over_together
from seminar.services.demo import demo_notebook
from submissions.models import Version
from tests.courses.crowd import add_students, queries_of
from tests.factories.files import notebook
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.reviews.test_services import (
    STUDENTS,
    TOO_LATE,
    WRITING,
    first_of,
    hand_in,
    publish,
    texts_of,
    the_round,
    write,
    written,
)

SignIn = Callable[..., Client]
JSON = {"accept": "application/json"}
STRANGERS = ("apply", "wait", "gone", "outsider", "other_student", "other_organizer")


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(WRITING, tick=False)


@pytest.fixture
def planned(world: World) -> World:
    User.objects.update(language="en")
    hand_in(world)
    publish(world)
    return world


def text_of(response: HttpResponse) -> str:
    """The page's words, without tags."""
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def data_of(review: Review, enhancements: str = "Plot it.", mistakes: str = "", **fields: object) -> dict[str, object]:
    texts = {f"prompt{pk}": text for pk, text in texts_of(review, enhancements, mistakes).items()}
    return {"revision": review.revision, **texts, **fields}


def name_of(row: Participant) -> str:
    return row.user.email.partition("@")[0]


# --- the list -----------------------------------------------------------------------------------------------


def test_review_list_of_a_student_names_works_and_deadline(planned: World, signed_in: SignIn) -> None:
    words = text_of(signed_in(planned.people["anna"]).get(planned.url("reviews/")))
    assert "To write until Fri 23 Feb 2024, 23:59 CET" in words
    for review in Review.objects.filter(reviewer=planned.row("anna")):
        assert f"{review.author.user.name} Download the file" in words
    assert "Reviews of your work will be here as soon as they are delivered." in words


def test_review_list_shows_received_reviews_only_when_delivered(planned: World, signed_in: SignIn) -> None:
    review = write(first_of(planned, "anna"))
    client, address = signed_in(review.author.user), planned.url(f"reviews/{review.pk}/")
    assert address not in client.get(planned.url("reviews/")).content.decode()
    write(review, deliver=True)
    assert f'<a href="{address}">Anna Großmann</a>' in client.get(planned.url("reviews/")).content.decode()


def test_review_list_before_the_plan_says_so(world: World, signed_in: SignIn) -> None:
    words = text_of(signed_in(world.people["anna"]).get(world.url("reviews/")))
    assert "No reviews have been assigned to you yet. You will get a letter." in words
    assert "No reviews are assigned yet." in text_of(signed_in(world.people["olga"]).get(world.url("reviews/")))


def test_review_list_of_a_seminar_without_reviews(world: World, signed_in: SignIn) -> None:
    the_round(world).delete()
    for name in ("anna", "olga"):
        assert text_of(signed_in(world.people[name]).get(world.url("reviews/"))).endswith(
            "This seminar has no reviews."
        )


def test_review_list_of_an_organizer_is_the_matrix(planned: World, signed_in: SignIn) -> None:
    write(first_of(planned, "anna"), deliver=True)
    write(first_of(planned, "boris"))
    response = signed_in(planned.people["olga"]).get(planned.url("reviews/"))
    words = text_of(response)
    assert "1 of 8 reviews are delivered." in words
    assert "Anna Großmann 1/2" in words
    assert "Boris Łukasik 0/2" in words
    labels = set(re.findall(r'aria-label="(\S+ \S+ → \S+ \S+: \w+)"', response.content.decode()))
    assert labels == {f"{r.reviewer.user.name} → {r.author.user.name}: {r.state}" for r in Review.objects.all()}
    missing = re.findall(r'aria-label="Let \S+ \S+ review \S+ \S+"', response.content.decode())
    assert len(missing) == 4 * 3 - 8


def test_review_list_of_an_organizer_names_who_is_late_and_who_is_outside(planned: World, signed_in: SignIn) -> None:
    late = Participant.objects.get(pk=add_students(planned.seminar, 2)[0].pk)
    client = signed_in(planned.people["olga"])
    words = text_of(client.get(planned.url("reviews/")))
    assert f"Not in the plan, because nothing was handed in: {late.user.name}, " in words
    assert "late" not in words
    assert "came in after" not in text_of(client.get(planned.url("manage/")))
    receive_upload(planned.slot("notebook"), late, notebook(), uploaded_by=late.user, arrived_at=WRITING)
    words = text_of(client.get(planned.url("reviews/")))
    assert f"Handed in, but not in the plan yet: {late.user.name}." in words
    assert "1 work came in after the reviews were assigned" in text_of(client.get(planned.url("manage/")))
    milestone = planned.milestone("m4")
    milestone.due_date = date(2024, 2, 1)
    milestone.save()
    assert "4 reviewers are late." in text_of(client.get(planned.url("reviews/")))


def test_review_list_of_many_students_is_a_list_of_pairs(planned: World, signed_in: SignIn) -> None:
    add_students(planned.seminar, 30)
    words = text_of(signed_in(planned.people["olga"]).get(planned.url("reviews/")))
    for review in Review.objects.all():
        assert f"{review.author.user.name} planned" in words
    assert "Let Anna" not in words
    assert "gets 0 of 2 reviews." in words


def test_review_list_takes_the_same_queries_for_four_and_for_thirty_students(planned: World, signed_in: SignIn) -> None:
    client, url = signed_in(planned.people["olga"]), planned.url("reviews/")
    few = queries_of(client, url)
    crowd = add_students(planned.seminar, 26)
    Review.objects.bulk_create(
        Review(round=the_round(planned), reviewer=one, author=other, assigned_at=WRITING)
        for one, other in zip(crowd, crowd[1:] + crowd[:1], strict=True)
    )
    assert queries_of(client, url) == few


def test_review_list_of_a_student_takes_the_same_queries_for_one_and_for_thirty_reviews(
    world: World, signed_in: SignIn
) -> None:
    round_, anna = the_round(world), world.row("anna")
    first, *rest = add_students(world.seminar, 30)
    states = {
        "state": ReviewState.DELIVERED,
        "assigned_at": WRITING,
        "delivered_at": WRITING,
        "handed_over_at": WRITING,
    }
    Review.objects.create(round=round_, reviewer=anna, author=first, **states)
    Review.objects.create(round=round_, reviewer=first, author=anna, **states)
    client, url = signed_in(anna.user), world.url("reviews/")
    one = queries_of(client, url)
    Review.objects.bulk_create(Review(round=round_, reviewer=anna, author=row, **states) for row in rest)
    Review.objects.bulk_create(Review(round=round_, reviewer=row, author=anna, **states) for row in rest)
    assert queries_of(client, url) == one


@pytest.mark.parametrize("path", ["reviews/", "reviews/plan/", "reviews/works.zip"])
@pytest.mark.parametrize("name", STRANGERS)
def test_review_pages_are_closed_to_strangers(planned: World, signed_in: SignIn, name: str, path: str) -> None:
    response = signed_in(planned.people[name]).get(planned.url(path))
    assert response.status_code == 403
    assert "Łukasik" not in response.content.decode()


@pytest.mark.parametrize("path", ["reviews/", "reviews/plan/", "reviews/works.zip", "reviews/1/", "reviews/1/write/"])
def test_review_pages_send_the_unknown_to_sign_in(world: World, client: Client, path: str) -> None:
    assert client.get(world.url(path)).url == f"/accounts/login/?next={world.url(path)}"


# --- the plan -----------------------------------------------------------------------------------------------


def test_review_plan_shows_the_pairs_and_publishes_them(world: World, signed_in: SignIn) -> None:
    hand_in(world)
    client, url = signed_in(world.people["olga"]), world.url("reviews/plan/")
    response, plan = client.get(url), draw_plan(the_round(world))
    words = text_of(response)
    for reviewer in plan.people:
        names = ", ".join(plan.people[author].user.name for one, author in plan.pairs if one == reviewer)
        assert f"{plan.people[reviewer].user.name} {names}" in words
    assert f'name="digest" value="{plan.digest}"' in response.content.decode()
    assert not Review.objects.exists()
    response = client.post(url, {"digest": plan.digest}, follow=True)
    assert response.redirect_chain == [(world.url("reviews/"), 302)]
    assert "8 reviews are assigned; the reviewers are told." in text_of(response)
    assert set(Review.objects.values_list("reviewer", "author")) == set(plan.pairs)


def test_review_plan_names_who_handed_in_nothing_and_what_is_impossible(world: World, signed_in: SignIn) -> None:
    hand_in(world, ("anna", "boris"))
    response = signed_in(world.people["olga"]).get(world.url("reviews/plan/"))
    words = text_of(response)
    assert "Not in the plan, because nothing was handed in: Carla Conti, Dana Demir." in words
    assert f"An exact plan is impossible: {draw_plan(the_round(world)).problems[0]}" in words
    assert "Anna Großmann would get 1 review fewer." in words
    assert "Publish the nearest plan, with its gaps" in words


@pytest.mark.parametrize("digest", [None, "", "0123456789abcdef"])
def test_review_plan_that_has_changed_is_a_conflict(world: World, signed_in: SignIn, digest: str | None) -> None:
    hand_in(world)
    client, data = signed_in(world.people["olga"]), {} if digest is None else {"digest": digest}
    response = client.post(world.url("reviews/plan/"), data, headers=JSON)
    assert (response.status_code, response.json()["code"]) == (409, "plan_changed")
    assert "Nothing was published." in text_of(client.post(world.url("reviews/plan/"), data))
    assert not Review.objects.exists()
    assert not Letter.objects.filter(kind="reviews_assigned").exists()


def test_review_plan_twice_is_one_effect(world: World, signed_in: SignIn) -> None:
    hand_in(world)
    client, digest = signed_in(world.people["olga"]), draw_plan(the_round(world)).digest
    for _ in range(2):
        assert client.post(world.url("reviews/plan/"), {"digest": digest}).status_code == 302
    assert Review.objects.count() == 8
    assert Letter.objects.filter(kind="reviews_assigned").count() == 4


def test_review_plan_is_closed_to_students(world: World, signed_in: SignIn) -> None:
    hand_in(world)
    client, digest = signed_in(world.people["anna"]), draw_plan(the_round(world)).digest
    assert client.get(world.url("reviews/plan/")).status_code == 403
    assert client.post(world.url("reviews/plan/"), {"digest": digest}).status_code == 403
    assert not Review.objects.exists()


def test_review_plan_of_a_seminar_without_reviews_is_not_found(world: World, signed_in: SignIn) -> None:
    the_round(world).delete()
    assert signed_in(world.people["olga"]).get(world.url("reviews/plan/")).status_code == 404


# --- writing and delivering ---------------------------------------------------------------------------------


def test_review_edit_saves_a_draft_that_comes_back(planned: World, signed_in: SignIn) -> None:
    review, client = first_of(planned, "anna"), signed_in(planned.people["anna"])
    url = planned.url(f"reviews/{review.pk}/write/")
    response = client.post(url, data_of(review, save="1"), follow=True)
    assert response.redirect_chain == [(url, 302)]
    assert "Saved, not yet delivered." in text_of(response)
    page = response.content.decode()
    assert "Plot it.</textarea>" in page
    assert 'name="revision" value="1"' in page
    assert "About 1 to 2 pages in all. Markdown is understood. The author sees your name." in text_of(response)
    assert written(review) == {"enhancements": "Plot it.", "mistakes": ""}


def test_review_edit_delivers_once_however_often_it_is_sent(planned: World, signed_in: SignIn) -> None:
    review, client = first_of(planned, "anna"), signed_in(planned.people["anna"])
    url, detail = planned.url(f"reviews/{review.pk}/write/"), planned.url(f"reviews/{review.pk}/")
    for _ in range(2):
        response = client.post(url, data_of(review, deliver="1"))
        assert (response.status_code, response.url) == (302, detail)
    review.refresh_from_db()
    assert (review.state, review.delivered_at, review.revision) == (ReviewState.DELIVERED, WRITING, 1)
    assert Letter.objects.filter(kind="review_delivered").count() == 3
    assert client.get(url).url == detail


def test_review_edit_in_a_stale_tab_is_a_conflict_that_shows_both_texts(planned: World, signed_in: SignIn) -> None:
    review, client = first_of(planned, "anna"), signed_in(planned.people["anna"])
    url, stale = planned.url(f"reviews/{review.pk}/write/"), data_of(review, "From the second tab")
    client.post(url, data_of(review, "From the first tab"))
    response = client.post(url, stale)
    assert response.status_code == 409
    page = response.content.decode()
    assert "What is saved now" in page
    assert '<p class="preserve">From the first tab</p>' in page
    assert "From the second tab</textarea>" in page
    assert written(review)["enhancements"] == "From the first tab"
    assert 'name="revision" value="1"' in page  # who saves once more has seen both
    assert client.post(url, {**stale, "revision": 1}).status_code == 302
    assert written(review)["enhancements"] == "From the second tab"


def test_review_edit_saves_in_place_and_delivers_nothing(planned: World, signed_in: SignIn) -> None:
    review, client = first_of(planned, "anna"), signed_in(planned.people["anna"])
    url = planned.url(f"reviews/{review.pk}/write/")
    answer = client.post(url, data_of(review, "While writing", deliver="1"), headers=JSON)
    assert (answer.status_code, answer.json()) == (200, {"revision": 1})
    assert (written(review)["enhancements"], Review.objects.get(pk=review.pk).state) == ("While writing", "started")
    assert client.post(url, {**data_of(review, "While writing"), "revision": 1}, headers=JSON).json() == {"revision": 1}
    stale = client.post(url, data_of(review, "Another tab"), headers=JSON)
    assert (stale.status_code, stale.json()["code"]) == (409, "review_changed")
    long = client.post(url, {**data_of(review, "x" * 20_001), "revision": 1}, headers=JSON)
    assert (long.status_code, long.json()["code"]) == (400, "form_invalid")
    assert written(review)["enhancements"] == "While writing"


def test_review_edit_that_was_delivered_in_another_tab_shows_both_texts(planned: World, signed_in: SignIn) -> None:
    review, client = first_of(planned, "anna"), signed_in(planned.people["anna"])
    url = planned.url(f"reviews/{review.pk}/write/")
    client.post(url, data_of(review, "Delivered", deliver="1"))
    response = client.post(url, data_of(review, "Too slow", deliver="1"))
    assert response.status_code == 409
    page = response.content.decode()
    assert '<p class="preserve">Delivered</p>' in page
    assert "Too slow</textarea>" in page
    assert Letter.objects.filter(kind="review_delivered").count() == 3


def test_review_edit_delivered_with_a_required_answer_missing_saves_the_text(planned: World, signed_in: SignIn) -> None:
    review, client = first_of(planned, "anna"), signed_in(planned.people["anna"])
    url = planned.url(f"reviews/{review.pk}/write/")
    response = client.post(url, data_of(review, "", "A typo on page 1", deliver="1"))
    assert response.status_code == 400
    assert "Saved, but not delivered yet: please write something under Enhancements first." in text_of(response)
    page = response.content.decode()
    assert "A typo on page 1</textarea>" in page
    assert 'name="revision" value="1"' in page
    assert written(review) == {"enhancements": "", "mistakes": "A typo on page 1"}
    data = {**data_of(review, "Plot it.", "A typo on page 1", deliver="1"), "revision": 1}
    assert client.post(url, data).status_code == 302
    assert Review.objects.get(pk=review.pk).state == ReviewState.DELIVERED


@pytest.mark.parametrize("press", [{"save": "1"}, {"deliver": "1"}])
def test_review_edit_after_the_deadline_keeps_what_was_saved(
    planned: World, signed_in: SignIn, time_machine: Any, press: dict[str, str]
) -> None:
    review = write(first_of(planned, "anna"))
    time_machine.move_to(TOO_LATE, tick=False)
    client = signed_in(planned.people["anna"])
    response = client.post(planned.url(f"reviews/{review.pk}/write/"), data_of(review, "Too late", **press))
    assert response.status_code == 403
    assert "The deadline for reviews has passed; what was saved before is kept." in text_of(response)
    assert "Too late</textarea>" in response.content.decode()
    assert (written(review)["enhancements"], Review.objects.get(pk=review.pk).state) == ("Plot it.", "started")


@pytest.mark.parametrize("revision", ["", "x", None])
def test_review_edit_without_a_readable_revision_is_bad_input(
    planned: World, signed_in: SignIn, revision: str | None
) -> None:
    review = first_of(planned, "anna")
    data = {key: value for key, value in {**data_of(review), "revision": revision}.items() if value is not None}
    response = signed_in(planned.people["anna"]).post(planned.url(f"reviews/{review.pk}/write/"), data)
    assert response.status_code == 400
    assert "Plot it.</textarea>" in response.content.decode()
    assert written(review) == {}


def test_review_edit_of_a_text_that_is_too_long_is_bad_input(planned: World, signed_in: SignIn) -> None:
    review = first_of(planned, "anna")
    client = signed_in(planned.people["anna"])
    response = client.post(planned.url(f"reviews/{review.pk}/write/"), data_of(review, "x" * 20_001))
    assert response.status_code == 400
    assert "at most 20000 characters (it has 20001)" in text_of(response)
    assert written(review) == {}


@pytest.mark.parametrize("method", ["get", "post"])
def test_review_edit_belongs_to_its_reviewer_alone(planned: World, signed_in: SignIn, method: str) -> None:
    review = first_of(planned, "anna")
    for name in ("boris", "carla", "dana"):
        client = signed_in(planned.people[name])
        theirs, missing = planned.url(f"reviews/{review.pk}/write/"), planned.url("reviews/0/write/")
        answers = [getattr(client, method)(url, data_of(review), headers=JSON) for url in (theirs, missing)]
        assert [(a.status_code, a.content) for a in answers] == [(404, answers[1].content)] * 2
    for name in ("olga", *STRANGERS):
        url = planned.url(f"reviews/{review.pk}/write/")
        assert getattr(signed_in(planned.people[name]), method)(url, data_of(review)).status_code == 403
    assert written(review) == {}


def test_review_edit_of_a_reviewer_who_has_left_is_refused(planned: World, signed_in: SignIn) -> None:
    review = first_of(planned, "anna")
    Participant.objects.filter(pk=planned.row("anna").pk).update(state=ParticipantState.WITHDRAWN)
    client = signed_in(planned.people["anna"])
    assert client.post(planned.url(f"reviews/{review.pk}/write/"), data_of(review)).status_code == 403


# --- reading ------------------------------------------------------------------------------------------------


def test_review_detail_is_the_authors_only_when_delivered(planned: World, signed_in: SignIn) -> None:
    review = write(first_of(planned, "anna"))
    client, url = signed_in(review.author.user), planned.url(f"reviews/{review.pk}/")
    assert client.get(url).status_code == 404
    write(review, deliver=True)
    words = text_of(client.get(url))
    assert f"Review of {review.author.user.name} by Anna Großmann delivered Tue 20 Feb 2024, 10:00 CET" in words
    assert "Enhancements Plot it." in words


def test_review_detail_is_seen_by_its_reviewer_and_organizers(planned: World, signed_in: SignIn) -> None:
    review = write(first_of(planned, "anna"))
    url = planned.url(f"reviews/{review.pk}/")
    assert "Write this review" in text_of(signed_in(planned.people["anna"]).get(url))
    for name in ("olga", "otto"):
        words = text_of(signed_in(planned.people[name]).get(url))
        assert "Enhancements Plot it." in words
        assert "Write this review" not in words


def test_review_detail_proves_the_letter_to_the_author(planned: World, signed_in: SignIn) -> None:
    review = write(first_of(planned, "anna"), deliver=True)
    page, letter = (
        planned.url(f"reviews/{review.pk}/"),
        Letter.objects.get(user=review.author.user, kind="review_delivered"),
    )
    for who in ("anna", "olga"):
        assert f"Letter to the author: waiting · {escape(letter.message_id)}" in text_of(
            signed_in(planned.people[who]).get(page)
        )
    drain(WRITING)
    assert "Letter to the author: sent Tue 20 Feb 2024, 10:00 CET" in text_of(
        signed_in(planned.people["anna"]).get(page)
    )
    assert "Letter to the author" not in text_of(signed_in(review.author.user).get(page))


def test_review_detail_of_others_is_not_found_like_a_missing_one(planned: World, signed_in: SignIn) -> None:
    review = write(first_of(planned, "anna"), deliver=True)
    third = next(name for name in STUDENTS[1:] if name != name_of(review.author))
    client = signed_in(planned.people[third])
    answers = [client.get(planned.url(f"reviews/{pk}/"), headers=JSON) for pk in (review.pk, 0)]
    assert [(a.status_code, a.content) for a in answers] == [(404, answers[1].content)] * 2


@pytest.mark.parametrize("path", ["", "work/"])
def test_review_under_another_seminars_address_is_not_found(planned: World, signed_in: SignIn, path: str) -> None:
    review = write(first_of(planned, "anna"), deliver=True)
    url = f"/seminars/{planned.other.slug}/reviews/{review.pk}/{path}"
    for name in ("other_organizer", "other_student"):
        assert signed_in(planned.people[name]).get(url).status_code == 404
    own = planned.url(f"reviews/{review.pk}/{path}")
    assert signed_in(planned.people["other_organizer"]).get(own).status_code == 403


def test_review_detail_shows_hostile_markdown_harmless(planned: World, signed_in: SignIn) -> None:
    hostile = "<script>alert(1)</script>\n\n[click](javascript:alert(1)) <img src=x onerror=alert(1)> **bold**"
    review = write(first_of(planned, "anna"), hostile, deliver=True)
    page = signed_in(review.author.user).get(planned.url(f"reviews/{review.pk}/")).content.decode()
    assert "<strong>bold</strong>" in page
    assert "<script>alert" not in page
    assert "javascript:" not in page
    assert "<img" not in page


# --- files --------------------------------------------------------------------------------------------------


def test_work_download_gives_the_assigned_work_only(planned: World, signed_in: SignIn) -> None:
    client = signed_in(planned.people["anna"])
    for review in Review.objects.filter(reviewer=planned.row("anna")):
        response = client.get(planned.url(f"reviews/{review.pk}/work/"))
        version = Version.objects.get(submission__participant=review.author)
        assert response["Content-Disposition"] == f'attachment; filename="{version.canonical_name}"'
        assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert b"".join(response.streaming_content) == demo_notebook(name_of(review.author))
    for review in Review.objects.exclude(reviewer=planned.row("anna")):
        assert client.get(planned.url(f"reviews/{review.pk}/work/")).status_code == 404


def test_work_download_is_open_to_organizers_and_closed_to_the_author(planned: World, signed_in: SignIn) -> None:
    review = write(first_of(planned, "anna"), deliver=True)
    url = planned.url(f"reviews/{review.pk}/work/")
    assert b"".join(signed_in(planned.people["olga"]).get(url).streaming_content).startswith(b"{")
    assert signed_in(review.author.user).get(url).status_code == 404
    for name in STRANGERS:
        assert signed_in(planned.people[name]).get(url).status_code == 403


def test_work_download_without_a_file_is_not_found(world: World, signed_in: SignIn) -> None:
    review = Review.objects.create(
        round=the_round(world), reviewer=world.row("anna"), author=world.row("boris"), assigned_at=WRITING
    )
    assert signed_in(world.people["anna"]).get(world.url(f"reviews/{review.pk}/work/")).status_code == 404


def test_archive_download_holds_exactly_the_assigned_works(planned: World, signed_in: SignIn) -> None:
    response = signed_in(planned.people["anna"]).get(planned.url("reviews/works.zip"))
    assert response["Content-Type"] == "application/zip"
    assert response["Content-Disposition"] == 'attachment; filename="small-reviews.zip"'
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as bundle:
        held = sorted(bundle.read(name) for name in bundle.namelist())
    reviews = Review.objects.filter(reviewer=planned.row("anna"))
    assert held == sorted(demo_notebook(name_of(review.author)) for review in reviews)


def test_archive_download_without_reviews_is_not_found(world: World, signed_in: SignIn) -> None:
    assert signed_in(world.people["anna"]).get(world.url("reviews/works.zip")).status_code == 404
    assert signed_in(world.people["olga"]).get(world.url("reviews/works.zip")).status_code == 403


# --- anonymity ----------------------------------------------------------------------------------------------


def test_anonymous_round_names_no_reviewer_in_anything_the_author_gets(planned: World, signed_in: SignIn) -> None:
    ReviewRound.objects.update(anonymous=True)
    review = write(first_of(planned, "boris"), deliver=True)
    client = signed_in(review.author.user)
    assert "Anonymous reviewer" not in text_of(client.get(planned.url("reviews/")))
    hand_over_together(TOO_LATE)
    assert f"Anonymous reviewer {review.pk}" in text_of(client.get(planned.url("reviews/")))
    others = Review.objects.filter(reviewer=review.author)
    for path in ("me/", "reviews/", f"reviews/{review.pk}/", *(f"reviews/{other.pk}/write/" for other in others)):
        response = client.get(planned.url(path))
        everything = response.content.decode() + str(response.headers)
        assert response.status_code == 200
        for hint in ("Łukasik", "Lukasik", "Boris", "boris@"):
            assert hint not in everything, path


def test_anonymous_round_names_no_author_in_anything_the_reviewer_gets(planned: World, signed_in: SignIn) -> None:
    ReviewRound.objects.update(anonymous=True)
    review = first_of(planned, "anna")
    client, family = signed_in(planned.people["anna"]), review.author.user.family_name
    for path in ("reviews/", f"reviews/{review.pk}/", f"reviews/{review.pk}/write/"):
        response = client.get(planned.url(path))
        assert f"Work {review.pk}" in text_of(response)
        assert family not in response.content.decode()
    response = client.get(planned.url(f"reviews/{review.pk}/work/"))
    assert response["Content-Disposition"] == f'attachment; filename="Work{review.pk}.ipynb"'
    b"".join(response.streaming_content)
    response = client.get(planned.url("reviews/works.zip"))
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as bundle:
        assert set(bundle.namelist()) == {
            f"Work{each.pk}.ipynb" for each in Review.objects.filter(reviewer=planned.row("anna"))
        }
