"""From a point to the change: what a reviewer noted, what the author did, and who sees it."""

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pypdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from reviews.models import PointState, Review, ReviewPoint
from reviews.services import answer_point, rate_review
from seminar.services.export.archive import reviews as reviews_of
from tests.courses.crowd import queries_of
from tests.factories.files import notebook
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from tests.reviews.test_services import WRITING, first_of, hand_in, publish, the_round, write, written
from tests.reviews.test_views import text_of

LATER = WRITING + timedelta(hours=1)
SignIn = Callable[..., Client]
TEXT = "A good start.\n\n- [cell 1, major] The sign is wrong.\n- Plot it.\n\n  Both axes.\n"


@pytest.fixture(autouse=True)
def _present(time_machine: Any) -> None:
    time_machine.move_to(WRITING, tick=False)


@pytest.fixture
def review(world: World) -> Review:
    """Anna's first review, delivered with two points."""
    User.objects.update(language="en")
    hand_in(world)
    publish(world)
    return write(first_of(world, "anna"), TEXT, deliver=True)


def first(review: Review) -> ReviewPoint:
    return review.points.get(number=1)


def answer(
    point: ReviewPoint, state: str = "done", reason: str = "", cells: tuple[int, ...] = (), revision: int = 0
) -> Any:
    return answer_point(point, state=state, reason=reason, cells=cells, revision=revision, now=WRITING)


# --- the rules ------------------------------------------------------------------------------------------------


def test_points_are_numbered_when_the_review_is_delivered(review: Review) -> None:
    points = [(point.number, point.weight, point.places, point.text, point.state) for point in review.points.all()]
    assert points == [
        (1, "major", [1], "The sign is wrong.", "open"),
        (2, "normal", [], "Plot it.\n\nBoth axes.", "open"),
    ]
    assert not ReviewPoint.objects.exclude(review=review).exists()


def test_answer_is_kept_and_can_be_changed(review: Review) -> None:
    answered = answer(first(review), "declined", " It is right. ", (3, 4))
    assert (answered.state, answered.reason, answered.cells, answered.answered_at) == (
        "declined", "It is right.", [3, 4], WRITING,
    )  # fmt: skip
    assert answer(first(review), "done", revision=1).revision == 2
    assert (first(review).state, first(review).reason) == ("done", "")


def test_same_answer_twice_changes_nothing(review: Review) -> None:
    assert [answer(first(review)).revision for _time in range(2)] == [1, 1]


@pytest.mark.parametrize("state", ["partly", "declined"])
def test_answer_without_the_needed_reason_is_refused(review: Review, state: str) -> None:
    with pytest.raises(Refusal) as refused:
        answer(first(review), state, "  ")
    assert (refused.value.code, first(review).state) == ("reason_missing", "open")


def test_answer_cannot_be_taken_back_to_open(review: Review) -> None:
    answer(first(review))
    with pytest.raises(Refusal, match="done, partly done or declined"):
        answer(first(review), "open", "why", revision=1)


def test_answer_from_an_old_page_overwrites_nothing(review: Review) -> None:
    answer(first(review), "partly", "half of it")
    with pytest.raises(Conflict, match=r"partly done\. half of it"):
        answer(first(review), "done", revision=0)
    assert first(review).state == PointState.PARTLY


def test_rating_that_says_no_says_why(review: Review) -> None:
    with pytest.raises(Refusal) as refused:
        rate_review(review, helpful=False, reason="")
    assert refused.value.code == "reason_missing"
    rate_review(review, helpful=False, reason="three words")
    assert (review.helpful, review.helpful_reason) == (False, "three words")
    rate_review(review, helpful=None, reason="three words")
    assert (review.helpful, review.helpful_reason) == (None, "")


# --- the form that is filled in without a connection ----------------------------------------------------------


def filled(client: Client, address: str, text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return client.post(address, {"file": SimpleUploadedFile("review.md", content)})


def test_form_goes_out_and_comes_back(world: World, review: Review, signed_in: SignIn) -> None:
    other = Review.objects.filter(reviewer=world.row("anna"), state="planned")[0]
    anna, page = signed_in(world.people["anna"]), world.url(f"reviews/{other.pk}/form/")
    answer = anna.get(world.url(f"reviews/{other.pk}/form.md"))
    assert answer["Content-Disposition"] == f'attachment; filename="review-{other.pk}.md"'
    form = b"".join(answer.streaming_content).decode()
    assert form.startswith(f"# Review of {other.author.user.name}\n\n<!-- review {other.pk}, revision 0. ")
    done = filled(anna, page, form.replace("## Enhancements\n", "## Enhancements\n\n- [cell 1] Plot it.\n", 1))
    assert (done.status_code, done["Location"]) == (302, world.url(f"reviews/{other.pk}/write/"))
    assert written(other)["enhancements"] == "- [cell 1] Plot it."
    again = b"".join(anna.get(world.url(f"reviews/{other.pk}/form.md")).streaming_content).decode()
    assert "- [cell 1] Plot it." in again
    late = filled(anna, page, form.replace("## Enhancements\n", "## Enhancements\n\nToo late.\n", 1))
    assert (late.status_code, "Download the form again" in text_of(late)) == (409, True)
    wrong = filled(anna, page, again.replace("## Enhancements", "## Improvements"))
    assert wrong.status_code == 400
    assert "“Improvements” is no part of this form." in text_of(wrong)
    assert "The heading “## Enhancements” is missing" in text_of(wrong)
    for content, words in (
        (b"\xff\xfe\x00", "no text in UTF-8"),
        (b"a\0b", "no text in UTF-8"),
        (b"x" * 400_001, "too large"),
    ):
        refused = filled(anna, page, content)
        assert (refused.status_code, words in text_of(refused)) == (400, True)
    assert written(other)["enhancements"] == "- [cell 1] Plot it."


# --- the pages ------------------------------------------------------------------------------------------------


def revised(world: World, review: Review) -> None:
    author = review.author
    receive_upload(world.slot("notebook"), author, notebook(title="again"), uploaded_by=author.user, arrived_at=LATER)


def test_author_answers_from_point_to_change(world: World, review: Review, signed_in: SignIn) -> None:
    author, url = signed_in(review.author.user), world.url
    assert "2 points have no answer yet. Answer them" in text_of(author.get(url("me/")))
    assert "2 of 2 points have no answer yet." in text_of(author.get(url("reviews/answers/")))
    point = first(review)
    page = author.get(url(f"reviews/points/{point.pk}/"))
    assert "The sign is wrong." in page.text
    assert re.search(r'/submissions/versions/[^/]+/\?at=cell-1#reading">cell 1<', page.text)
    sent = {"revision": 0, "state": "partly", "reason": "The <b>first</b> one.", "cells": "2, 4-5"}
    done = author.post(url(f"reviews/points/{point.pk}/"), sent, follow=True)
    assert done.redirect_chain == [(f"{url('reviews/answers/')}#point-{point.pk}", 302)]
    assert "1 of 2 points have no answer yet." in text_of(done)
    assert "cells 2, 4, 5 of the new version" in text_of(done)
    assert "The &lt;b&gt;first&lt;/b&gt; one." in done.text
    answer(review.points.get(number=2))
    assert "Every point is answered." in text_of(author.get(url("reviews/answers/")))
    assert "no answer yet" not in text_of(author.get(url("me/")))


def test_refused_answer_keeps_what_was_written(world: World, review: Review, signed_in: SignIn) -> None:
    author, address = signed_in(review.author.user), world.url(f"reviews/points/{first(review).pk}/")
    sent = {"revision": 0, "state": "declined", "reason": "", "cells": "7"}
    page = author.post(address, sent)
    assert (page.status_code, 'value="7"' in page.text) == (400, True)
    assert "Please say why; the reviewer and the organizers read it." in text_of(page)
    page = author.post(address, {**sent, "cells": "seven"})
    assert (page.status_code, "as in 3, 7-9" in text_of(page)) == (400, True)
    answer(first(review), "done")
    page = author.post(address, {**sent, "reason": "No."})
    assert (page.status_code, "No.</textarea>" in page.text) == (409, True)
    assert author.post(address, {**sent, "reason": "No.", "revision": 1}).status_code == 302


def test_difference_beside_the_points_for_those_it_concerns(world: World, review: Review, signed_in: SignIn) -> None:
    address = world.url(f"reviews/{review.pk}/changes/")
    author, reviewer, olga = (
        signed_in(user) for user in (review.author.user, review.reviewer.user, world.people["olga"])
    )
    assert "There is no newer version yet." in text_of(author.get(address))
    assert address not in author.get(world.url(f"reviews/{review.pk}/")).text
    revised(world, review)
    answer(first(review), "done", cells=(1,))
    for client in (author, reviewer, olga):
        assert address in client.get(world.url(f"reviews/{review.pk}/")).text
        words = text_of(client.get(address))
        assert "There is no newer version" not in words
        assert "The sign is wrong." in words
        assert "cell 1 of the new version" in words
    assert "/submissions/versions/" not in reviewer.get(address).text
    strangers = [row.user for row in review.round.milestone.seminar.participants.exclude(role="organizer")]
    for user in strangers:
        if user not in (review.author.user, review.reviewer.user):
            assert signed_in(user).get(address).status_code in (403, 404)


def test_planned_review_shows_no_difference(world: World, review: Review, signed_in: SignIn) -> None:
    other = Review.objects.filter(reviewer=world.row("boris"), state="planned")[0]
    for user in (other.reviewer.user, other.author.user, world.people["olga"]):
        assert signed_in(user).get(world.url(f"reviews/{other.pk}/changes/")).status_code == 404


def test_rating_is_for_the_organizers_only(world: World, review: Review, signed_in: SignIn) -> None:
    address, page = world.url(f"reviews/{review.pk}/rating/"), world.url(f"reviews/{review.pk}/")
    author = signed_in(review.author.user)
    refused = author.post(address, {"helpful": "false", "reason": ""})
    assert (refused.status_code, "what was missing" in text_of(refused)) == (400, True)
    assert author.post(address, {"helpful": "false", "reason": "Only praise."}).status_code == 302
    assert "did not help. Only praise." in text_of(signed_in(world.people["olga"]).get(page))
    assert "Only praise." not in signed_in(review.reviewer.user).get(page).text


def test_grading_page_shows_the_reviews_with_what_came_of_them(world: World, review: Review, signed_in: SignIn) -> None:
    answer(first(review), "done")
    rate_review(review, helpful=False, reason="It was about another notebook.")
    client, page = signed_in(world.people["olga"]), world.url(f"grading/{review.reviewer_id}/edit/")
    words = text_of(client.get(page))
    made = review.points.count()
    assert f"Review of {review.author.user.name} 1 of {made} points answered" in words
    assert "The author says that this review did not help. It was about another notebook. delivered" in words


def test_names_of_an_anonymous_round_stay_hidden_in_the_ledger(world: World, review: Review, signed_in: SignIn) -> None:
    round_ = the_round(world)
    round_.anonymous = True
    round_.save()
    revised(world, review)
    author, name = signed_in(review.author.user), review.reviewer.user.family_name
    pages = ("reviews/answers/", f"reviews/points/{first(review).pk}/", f"reviews/{review.pk}/rating/")
    for path in (*pages, f"reviews/{review.pk}/changes/"):
        page = author.get(world.url(path))
        assert ("Anonymous reviewer" in page.text, name in page.text) == (True, False), path
    page = signed_in(review.reviewer.user).get(world.url(f"reviews/{review.pk}/changes/"))
    assert review.author.user.family_name not in text_of(page)


def test_archive_of_the_seminar_holds_the_answers(world: World, review: Review) -> None:
    answer(first(review), "declined", "It is right.")
    files = dict(reviews_of(world.seminar))
    assert files[f"reviews/{review.pk:04}.md"].endswith(
        "## Answers of the author\n\n1. The sign is wrong.\n\n   declined: It is right.\n"
    )


def test_review_as_a_document_is_tagged_and_says_it_all(world: World, review: Review, signed_in: SignIn) -> None:
    text = TEXT + "\n![far](https://example.org/x.png) <b>Weiß & Łucja</b>"
    review.answers.update(text=text)
    answer = signed_in(review.author.user).get(world.url(f"reviews/{review.pk}/review.pdf"))
    assert answer["Content-Disposition"] == f'attachment; filename="review-{review.pk}.pdf"'
    reader = pypdf.PdfReader(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    words = " ".join(reader.pages[0].extract_text().split())
    for each in (
        f"Review of {review.author.user.name}",
        "by Anna Großmann",
        "Enhancements",
        "A good start.",
        "Both axes.",
        "<b>",
        "Łucja",
    ):
        assert each in words
    assert "Delivered Tue 20 Feb 2024, 10:00 CET" in words


def test_review_as_a_document_hides_whom_the_round_hides(world: World, review: Review, signed_in: SignIn) -> None:
    round_ = the_round(world)
    round_.anonymous = True
    round_.save()
    for reader, hidden in (
        (review.author.user, "Großmann"),
        (review.reviewer.user, review.author.user.family_name),
    ):
        answer = signed_in(reader).get(world.url(f"reviews/{review.pk}/review.pdf"))
        pdf = pypdf.PdfReader(io.BytesIO(b"".join(answer.streaming_content)))  # type: ignore[attr-defined]
        assert hidden not in pdf.pages[0].extract_text() + str(pdf.metadata)


def test_queries_of_the_ledger_do_not_grow(world: World, review: Review, signed_in: SignIn) -> None:
    author = signed_in(review.author.user)
    few = queries_of(author, world.url("reviews/answers/"))
    more = [
        ReviewPoint(review=review, prompt=first(review).prompt, number=number, text=f"Point {number}")
        for number in range(3, 60)
    ]
    ReviewPoint.objects.bulk_create(more)
    assert queries_of(author, world.url("reviews/answers/")) == few
