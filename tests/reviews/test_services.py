"""Drawing and publishing the plan, writing and delivering reviews."""

import io
import zipfile
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import chain, combinations, product
from random import Random
from typing import Any

import pytest
from django.db import transaction
from pypdf import PdfReader

from accounts.domain.refusals import Conflict, Refusal
from accounts.models import User
from courses.models import HistoryEntry, Participant, ParticipantState
from milestones.models import Milestone
from notifications.models import Letter
from notifications.services import attached
from reviews.models import Review, ReviewRound, ReviewState
from reviews.queries import delivered_at, received_by, round_of, visible_reviews
from reviews.services import (
    Plan,
    deliver_review,
    draw_plan,
    hand_over_together,
    publish_plan,
    save_review,
    work_archive,
)
from seminar.services.demo import demo_notebook
from tests.factories.files import notebook
from tests.factories.uploads import receive_upload
from tests.factories.world import World
from topics.models import PreferenceRule
from topics.services import assign_topic, save_preferences

STUDENTS = ("anna", "boris", "carla", "dana")
UPLOADED = datetime(2024, 2, 9, 12, 0, tzinfo=UTC)
PLANNED = datetime(2024, 2, 10, 9, 0, tzinfo=UTC)
WRITING = datetime(2024, 2, 20, 9, 0, tzinfo=UTC)
LAST = datetime(2024, 2, 23, 22, 59, 59, 999000, tzinfo=UTC)  # 23:59:59.999 in Berlin
TOO_LATE = datetime(2024, 2, 23, 23, 0, tzinfo=UTC)


def hand_in(world: World, names: Iterable[str] = STUDENTS, at: datetime = UPLOADED) -> None:
    for name in names:
        row = world.row(name)
        receive_upload(world.slot("notebook"), row, notebook(title=name), uploaded_by=row.user, arrived_at=at)


def the_round(world: World) -> ReviewRound:
    round_ = round_of(world.seminar)
    assert round_ is not None
    return round_


def publish(world: World, digest: str = "", at: datetime = PLANNED) -> int:
    round_ = the_round(world)
    digest = digest or draw_plan(round_).digest
    return publish_plan(round_, digest=digest, actor=world.row("olga").user, now=at)


def first_of(world: World, name: str) -> Review:
    """The first review that somebody has to write."""
    return Review.objects.filter(reviewer=world.row(name)).order_by("pk")[0]


def texts_of(review: Review, enhancements: str = "Plot it.", mistakes: str = "") -> dict[int, str]:
    prompts = {prompt.key: prompt.pk for prompt in review.round.prompts.all()}
    return {prompts["enhancements"]: enhancements, prompts["mistakes"]: mistakes}


def written(review: Review) -> dict[str, str]:
    return {answer.prompt.key: answer.text for answer in review.answers.select_related("prompt")}


def write(review: Review, words: str = "Plot it.", *, deliver: bool = False) -> Review:
    review = save_review(review, texts_of(review, words), revision=review.revision, arrived_at=WRITING)
    return deliver_review(review, arrived_at=WRITING, now=WRITING) if deliver else review


def pairs() -> set[tuple[int, int]]:
    return set(Review.objects.values_list("reviewer_id", "author_id"))


@pytest.fixture
def planned(world: World) -> World:
    """Four notebooks are in, and the plan is published."""
    hand_in(world)
    publish(world)
    return world


# --- the plan -----------------------------------------------------------------------------------------------


def counts_of(plan: Plan) -> tuple[set[int], set[int]]:
    out, into = Counter(pair[0] for pair in plan.pairs), Counter(pair[1] for pair in plan.pairs)
    assert set(out) == set(into)
    return set(out.values()), set(into.values())


def test_draw_plan_has_exact_counts(world: World) -> None:
    hand_in(world)
    plan = draw_plan(the_round(world))
    assert (plan.problems, plan.missing, len(set(plan.pairs))) == ((), (), 8)
    assert counts_of(plan) == ({2}, {2})
    assert {pk for pair in plan.pairs for pk in pair} == {world.row(name).pk for name in STUDENTS}
    assert all(reviewer != author for reviewer, author in plan.pairs)


def wish(world: World, names: dict[str, list[int]]) -> None:
    """Anna, boris, carla and dana have topics 1 to 4, and had chosen these."""
    rule = PreferenceRule.objects.select_related("seminar", "milestone__seminar").get(seminar=world.seminar)
    early = datetime(2023, 10, 27, 15, 0, tzinfo=UTC)
    for number, name in enumerate(STUDENTS, 1):
        assign_topic(world.row(name), world.topic(number), reason="", actor=world.row("olga").user, now=early)
        save_preferences(world.row(name), rule, names.get(name, []), arrived_at=early)


def met(world: World, pairs: Iterable[tuple[int, int]], names: dict[str, list[int]]) -> int:
    wished = {(world.row(name).pk, world.row(STUDENTS[n - 1]).pk) for name in names for n in names[name]}
    return len(wished & set(pairs))


def mutual(pairs: Iterable[tuple[int, int]]) -> int:
    return sum((author, reviewer) in set(pairs) for reviewer, author in pairs)


@pytest.mark.parametrize("seed", range(6))
def test_draw_plan_gives_topics_that_the_reviewer_had_chosen(world: World, seed: int) -> None:
    hand_in(world)
    random = Random(seed)
    wishes = {name: sorted(random.sample([1, 2, 3, 4], random.randint(1, 3))) for name in STUDENTS}
    wish(world, wishes)
    ReviewRound.objects.update(near=True, seed=seed)
    plan = draw_plan(the_round(world))
    people = [world.row(name).pk for name in STUDENTS]
    choices = [[(one, other) for other in people if other != one] for one in people]
    every = [list(chain.from_iterable(rows)) for rows in product(*(combinations(choice, 2) for choice in choices))]
    exact = [pairs for pairs in every if set(Counter(author for _r, author in pairs).values()) == {2}]
    fewest = min(map(mutual, exact))
    most = max(met(world, pairs, wishes) for pairs in exact if mutual(pairs) == fewest)
    assert (mutual(plan.pairs), plan.near) == (fewest, most)
    assert met(world, plan.pairs, wishes) == most


def test_wishes_move_nothing_that_was_published(world: World) -> None:
    hand_in(world)
    publish(world)
    before = pairs()
    wish(world, {"anna": [2, 3], "boris": [1, 4], "carla": [1, 2], "dana": [3]})
    ReviewRound.objects.update(near=True)
    assert set(draw_plan(the_round(world)).pairs) == before


def test_draw_plan_writes_nothing_and_is_the_same_twice(world: World) -> None:
    hand_in(world)
    first, second = draw_plan(the_round(world)), draw_plan(the_round(world))
    assert (first.pairs, first.digest) == (second.pairs, second.digest)
    assert not Review.objects.exists()


def test_draw_plan_leaves_out_who_handed_in_nothing(world: World) -> None:
    hand_in(world, ("anna", "boris", "carla"))
    plan = draw_plan(the_round(world))
    assert plan.missing == (world.row("dana"),)
    assert len(plan.pairs) == 6
    assert world.row("dana").pk not in {pk for pair in plan.pairs for pk in pair}


@pytest.mark.parametrize(("names", "nearest"), [(("anna",), 0), (("anna", "boris"), 2)])
def test_draw_plan_with_too_few_works_says_why_and_offers_the_nearest(
    world: World, names: tuple[str, ...], nearest: int
) -> None:
    hand_in(world, names)
    plan = draw_plan(the_round(world))
    assert len(plan.pairs) == nearest
    assert plan.problems
    assert all(len(sentence) > 20 and sentence.endswith(".") for sentence in plan.problems)
    assert {person for person, _count in plan.gaps} == {world.row(name) for name in names}
    if nearest:
        assert publish(world, plan.digest) == nearest
    else:
        with pytest.raises(Conflict):
            publish(world, plan.digest)


def test_publish_plan_assigns_reviews_and_tells_the_reviewers(world: World) -> None:
    hand_in(world)
    plan = draw_plan(the_round(world))
    assert publish(world) == 8
    assert pairs() == set(plan.pairs)
    states = set(Review.objects.values_list("state", "revision", "assigned_at", "delivered_at"))
    assert states == {(ReviewState.PLANNED, 0, PLANNED, None)}
    letters = Letter.objects.filter(kind="reviews_assigned")
    assert sorted(letter.to_email for letter in letters) == sorted(world.row(name).user.email for name in STUDENTS)
    letter = letters.get(to_email="anna@example.org")
    assert letter.subject == "[Small2023] 2 reviews are waiting for you"
    assert "Your deadline: Fri 23 Feb 2024, 23:59 CET\n" in letter.text
    assert "http://testserver/seminars/small/reviews/\n" in letter.text


def test_publish_plan_is_in_the_history(world: World) -> None:
    hand_in(world)
    publish(world)
    entry = HistoryEntry.objects.get(subject="review_plan")
    assert (entry.at, entry.actor, entry.old, entry.new) == (PLANNED, world.people["olga"], "", "8 pairs, 8 new")


def test_publish_plan_that_has_changed_is_refused_whole(world: World) -> None:
    hand_in(world, ("anna", "boris", "carla"))
    digest = draw_plan(the_round(world)).digest
    hand_in(world, ("dana",))
    with pytest.raises(Conflict) as refused:
        publish(world, digest)
    assert (refused.value.code, refused.value.status) == ("plan_changed", 409)
    assert refused.value.message.endswith("Nothing was published.")
    assert not Review.objects.exists()
    assert not Letter.objects.filter(kind="reviews_assigned").exists()
    assert not HistoryEntry.objects.filter(subject="review_plan").exists()


def test_publish_plan_twice_adds_nothing(world: World) -> None:
    hand_in(world)
    digest = draw_plan(the_round(world)).digest
    assert publish(world, digest) == 8
    before = list(Review.objects.values())
    assert publish(world, digest) == 0
    assert list(Review.objects.values()) == before
    assert Letter.objects.filter(kind="reviews_assigned").count() == 4


def test_publish_plan_after_a_withdrawal_keeps_what_was_begun(planned: World) -> None:
    world, dana = planned, planned.row("dana")
    theirs = first_of(world, "dana")
    of_dana = Review.objects.filter(author=dana).order_by("pk")[0]
    write(theirs)
    write(of_dana, deliver=True)
    Participant.objects.filter(pk=dana.pk).update(state=ParticipantState.WITHDRAWN)
    publish(world, at=WRITING)
    three = [world.row(name).pk for name in ("anna", "boris", "carla")]
    kept = {(theirs.reviewer_id, theirs.author_id), (of_dana.reviewer_id, of_dana.author_id)}
    assert pairs() == kept | {(a, b) for a in three for b in three if a != b}
    assert Review.objects.get(pk=theirs.pk).state == ReviewState.STARTED
    assert (Review.objects.get(pk=of_dana.pk).state, written(of_dana)["enhancements"]) == ("delivered", "Plot it.")


def test_publish_plan_after_a_late_upload_moves_as_little_as_possible(world: World) -> None:
    hand_in(world, ("anna", "boris", "carla"))
    publish(world)
    before = pairs()
    begun = write(first_of(world, "anna"))
    hand_in(world, ("dana",), at=PLANNED)
    assert publish(world, at=WRITING) == 4
    after = pairs()
    assert (len(after), len(before & after)) == (8, 4)
    assert Review.objects.get(reviewer=begun.reviewer, author=begun.author).pk == begun.pk
    assert set(Counter(reviewer for reviewer, _ in after).values()) == {2}
    assert set(Counter(author for _, author in after).values()) == {2}


def test_publish_plan_again_writes_only_to_who_has_something_new(world: World) -> None:
    hand_in(world, ("anna", "boris", "carla"))
    publish(world)
    before = pairs()
    hand_in(world, ("dana",), at=PLANNED)
    publish(world, at=WRITING)
    new = Letter.objects.filter(kind="reviews_assigned", created_at=WRITING).values_list("user_id", flat=True)
    reviewers = Participant.objects.filter(pk__in={reviewer for reviewer, _ in pairs() - before})
    assert sorted(new) == sorted(row.user_id for row in reviewers)


# --- writing ------------------------------------------------------------------------------------------------


def test_save_review_keeps_the_text_as_a_draft(planned: World) -> None:
    review = write(first_of(planned, "anna"), "  Plot it.\n")
    review.refresh_from_db()
    assert (review.state, review.revision, review.delivered_at) == (ReviewState.STARTED, 1, None)
    assert written(review) == {"enhancements": "Plot it.", "mistakes": ""}
    assert not Letter.objects.filter(kind="review_delivered").exists()


def test_save_review_of_nothing_leaves_it_planned(planned: World) -> None:
    review = write(first_of(planned, "anna"), "   ")
    review.refresh_from_db()
    assert (review.state, review.revision) == (ReviewState.PLANNED, 0)


def test_save_review_of_the_same_text_twice_is_one_effect(planned: World) -> None:
    review = first_of(planned, "anna")
    for _ in range(2):
        save_review(review, texts_of(review), revision=0, arrived_at=WRITING)
    review.refresh_from_db()
    assert review.revision == 1


def test_save_review_that_is_stale_overwrites_nothing(planned: World) -> None:
    review = first_of(planned, "anna")
    save_review(review, texts_of(review, "From the first tab"), revision=0, arrived_at=WRITING)
    with pytest.raises(Conflict) as refused:
        save_review(review, texts_of(review, "From the second tab"), revision=0, arrived_at=WRITING)
    assert (refused.value.code, refused.value.status) == ("review_changed", 409)
    assert written(review)["enhancements"] == "From the first tab"


def test_save_review_in_the_last_millisecond_counts(planned: World) -> None:
    review = first_of(planned, "anna")
    assert save_review(review, texts_of(review), revision=0, arrived_at=LAST).revision == 1


def test_save_review_after_the_deadline_is_refused_and_keeps_the_draft(planned: World) -> None:
    review = write(first_of(planned, "anna"))
    with pytest.raises(Refusal) as refused:
        save_review(review, texts_of(review, "More"), revision=1, arrived_at=TOO_LATE)
    assert (refused.value.code, refused.value.status) == ("deadline_passed", 403)
    assert written(review)["enhancements"] == "Plot it."


def test_save_review_ignores_prompts_of_another_round(planned: World) -> None:
    review = first_of(planned, "anna")
    theirs = round_of(planned.other)
    assert theirs is not None
    texts = {**texts_of(review), theirs.prompts.all()[0].pk: "Smuggled in"}
    save_review(review, texts, revision=0, arrived_at=WRITING)
    assert written(review) == {"enhancements": "Plot it.", "mistakes": ""}


# --- delivering ---------------------------------------------------------------------------------------------


def test_deliver_review_tells_the_author_and_both_organizers_once(planned: World) -> None:
    review = write(first_of(planned, "anna"))
    for moment in (WRITING, LAST, TOO_LATE):
        deliver_review(review, arrived_at=moment, now=moment)
    review.refresh_from_db()
    assert (review.state, review.delivered_at) == (ReviewState.DELIVERED, WRITING)
    letters = Letter.objects.filter(kind="review_delivered")
    assert sorted(letter.to_email for letter in letters) == sorted(
        [review.author.user.email, "olga@example.org", "otto@example.org"]
    )
    letter = letters.get(to_email="olga@example.org")
    author = review.author.user.name
    assert letter.subject == f"[Small2023] Review of {author} by Anna Großmann"
    assert f"Anna Großmann has reviewed the work of {author}.\n\nEnhancements\n\nPlot it.\n" in letter.text
    assert "Mistakes" not in letter.text


def test_deliver_review_with_a_required_answer_missing_is_refused(planned: World) -> None:
    review = first_of(planned, "anna")
    save_review(review, texts_of(review, "", "A typo on page 1"), revision=0, arrived_at=WRITING)
    with pytest.raises(Refusal) as refused:
        deliver_review(review, arrived_at=WRITING, now=WRITING)
    assert (refused.value.code, refused.value.status) == ("answers_missing", 400)
    assert refused.value.message.startswith("Saved, but not delivered yet")
    assert "Enhancements" in refused.value.message
    assert "Mistakes" not in refused.value.message
    assert Review.objects.get(pk=review.pk).state == ReviewState.STARTED


def test_deliver_review_after_the_deadline_is_refused(planned: World) -> None:
    review = write(first_of(planned, "anna"))
    with pytest.raises(Refusal) as refused:
        deliver_review(review, arrived_at=TOO_LATE, now=TOO_LATE)
    assert (refused.value.code, refused.value.status) == ("deadline_passed", 403)
    assert Review.objects.get(pk=review.pk).state == ReviewState.STARTED
    assert not Letter.objects.filter(kind="review_delivered").exists()


def test_deliver_review_with_an_extension_counts_until_its_own_end(planned: World) -> None:
    from milestones.services import grant_extension

    day = datetime(2024, 2, 25, 23, 59)
    organizer = planned.row("olga").user
    grant_extension(
        planned.milestone("m4"),
        planned.row("anna"),
        due_date=day.date(),
        due_time=day.time(),
        reason="ill",
        actor=organizer,
        now=WRITING,
    )
    review = write(first_of(planned, "anna"))
    assert deliver_review(review, arrived_at=TOO_LATE, now=TOO_LATE).state == ReviewState.DELIVERED
    other = write(first_of(planned, "boris"))
    with pytest.raises(Refusal):
        deliver_review(other, arrived_at=TOO_LATE, now=TOO_LATE)


def test_save_review_that_is_delivered_changes_nothing_any_more(planned: World) -> None:
    review = write(first_of(planned, "anna"), deliver=True)
    again = save_review(review, texts_of(review), revision=0, arrived_at=TOO_LATE)
    assert again.state == ReviewState.DELIVERED
    with pytest.raises(Conflict) as refused:
        save_review(review, texts_of(review, "Better"), revision=1, arrived_at=WRITING)
    assert refused.value.code == "already_delivered"
    assert written(review)["enhancements"] == "Plot it."


def test_deliver_review_of_an_anonymous_round_hides_the_reviewer_from_the_author(planned: World) -> None:
    ReviewRound.objects.update(anonymous=True)
    review = write(first_of(planned, "boris"), deliver=True)
    hand_over_together(TOO_LATE)
    mine = Letter.objects.get(kind="review_delivered", user=review.author.user)
    everything = "".join(str(value) for value in Letter.objects.filter(pk=mine.pk).values()[0].values())
    for name in ("Boris", "Łukasik", "boris@"):
        assert name not in everything
    for organizer in ("olga", "otto"):
        letter = Letter.objects.get(kind="review_delivered", user=planned.people[organizer])
        assert letter.subject == f"[Small2023] Review of {review.author.user.name} by Boris Łukasik"


def documents(letter: Letter) -> list[tuple[str, bytes]]:
    """Twice made, twice the same: a second copy of a letter is recognised as one."""
    once, again = ([(name, content) for name, content, _type in attached(letter)] for _time in range(2))
    assert once == again
    return once


def test_delivered_review_goes_to_author_and_organizers_as_a_document(planned: World) -> None:
    User.objects.update(language="en")
    User.objects.filter(pk=planned.row("otto").user_id).update(language="de")
    review = write(first_of(planned, "anna"), deliver=True)
    texts = {}
    for letter in Letter.objects.filter(kind="review_delivered"):
        ((name, content),) = documents(letter)
        assert name == f"review-{review.pk}.pdf"
        texts[letter.to_email] = " ".join(PdfReader(io.BytesIO(content)).pages[0].extract_text().split())
    author = review.author.user
    assert f"Review of {author.name}" in texts[author.email]
    assert "by Anna Großmann" in texts[author.email]
    assert f"Gutachten für {author.name}" in texts["otto@example.org"]
    assert all("Plot it." in text for text in texts.values())


def test_document_for_the_author_of_an_anonymous_round_names_nobody_and_no_hour(planned: World) -> None:
    ReviewRound.objects.update(anonymous=True)
    User.objects.update(language="en")
    review = write(first_of(planned, "boris"), deliver=True)
    hand_over_together(TOO_LATE)
    ((_name, content),) = documents(Letter.objects.get(kind="review_delivered", user=review.author.user))
    reader = PdfReader(io.BytesIO(content))
    text = " ".join(reader.pages[0].extract_text().split()) + repr(reader.metadata)
    assert f"Anonymous reviewer {review.pk}" in text
    assert "Sat 24 Feb 2024, 00:00 CET" in text
    for word in ("Boris", "Łukasik", "boris@", "20 Feb"):
        assert word not in text


def test_letter_about_a_review_that_is_gone_has_no_document(planned: World) -> None:
    review = write(first_of(planned, "anna"), deliver=True)
    letter = Letter.objects.get(kind="review_delivered", user=review.author.user)
    letter.attachment = f"review:{review.pk}:999999"
    assert documents(letter) == []


# --- handing over all together ------------------------------------------------------------------------------


def handed_over(planned: World) -> list[str]:
    """Who has received a review, by the pages and by the letters alike."""
    rows = [row for row in map(planned.row, STUDENTS) if received_by(row)]
    letters = Letter.objects.filter(kind="review_delivered", user__in=[row.user for row in rows])
    assert {letter.user_id for letter in letters} == {row.user_id for row in rows}
    return [name_of(row) for row in rows]


def on_a_date(planned: World, wall: datetime) -> None:
    ReviewRound.objects.update(delivery_date=wall.date(), delivery_time=wall.time())


def test_reviews_of_a_round_with_a_date_reach_their_authors_together(planned: World) -> None:
    on_a_date(planned, datetime(2024, 2, 26, 8, 0))
    review = write(first_of(planned, "anna"), deliver=True)
    write(first_of(planned, "boris"), deliver=True)
    assert Letter.objects.filter(kind="review_delivered").count() == 4  # two organizers, at once
    for too_early in (WRITING, TOO_LATE, datetime(2024, 2, 26, 6, 59, 59, tzinfo=UTC)):
        assert hand_over_together(too_early) == 0
        assert handed_over(planned) == []
    assert not visible_reviews(review.author.user, planned.seminar).filter(pk=review.pk).exists()
    at = datetime(2024, 2, 26, 7, 1, tzinfo=UTC)
    assert hand_over_together(at) == 2
    assert len(handed_over(planned)) == len({review.author_id for review in Review.objects.filter(state="delivered")})
    assert delivered_at(Review.objects.get(pk=review.pk), review.author) == at
    assert delivered_at(Review.objects.get(pk=review.pk), review.reviewer) == WRITING
    assert hand_over_together(at) == 0


def test_review_that_is_delivered_after_the_date_is_handed_over_at_once(planned: World) -> None:
    on_a_date(planned, datetime(2024, 2, 19, 8, 0))
    review = write(first_of(planned, "anna"), deliver=True)
    assert handed_over(planned) == [name_of(review.author)]


def test_anonymous_round_without_a_date_waits_for_the_deadline(planned: World) -> None:
    ReviewRound.objects.update(anonymous=True)
    Milestone.objects.filter(key="m4").update(grace_minutes=30)
    write(first_of(planned, "anna"), deliver=True)
    assert hand_over_together(TOO_LATE + timedelta(minutes=29)) == 0
    assert handed_over(planned) == []
    assert hand_over_together(TOO_LATE + timedelta(minutes=30)) == 1


def test_date_that_is_taken_back_hands_over_what_was_held(planned: World) -> None:
    on_a_date(planned, datetime(2024, 2, 26, 8, 0))
    write(first_of(planned, "anna"), deliver=True)
    ReviewRound.objects.update(delivery_date=None, delivery_time=None)
    assert hand_over_together(WRITING) == 1


def test_numbers_of_reviews_follow_a_secret_and_not_their_reviewers(world: World, settings: Any) -> None:
    hand_in(world)
    orders = []
    for secret in ("one", "two", "two"):
        settings.SECRET_KEY = secret
        with transaction.atomic():
            publish(world)
            orders.append(list(Review.objects.order_by("pk").values_list("reviewer_id", "author_id")))
            transaction.set_rollback(True)
    assert orders[0] != orders[1] == orders[2]
    assert sorted(orders[0]) == sorted(orders[1])


# --- the archive --------------------------------------------------------------------------------------------


def files_of(reviews: Iterable[Review]) -> dict[str, bytes]:
    with work_archive(reviews) as archive, zipfile.ZipFile(archive) as bundle:
        return {name: bundle.read(name) for name in bundle.namelist()}


def name_of(participant: Participant) -> str:
    return participant.user.email.partition("@")[0]


def test_work_archive_holds_exactly_the_assigned_files(planned: World) -> None:
    reviews = list(Review.objects.filter(reviewer=planned.row("anna")))
    family = {"boris": "Lukasik", "carla": "Conti", "dana": "Demir"}
    authors = [name_of(review.author) for review in reviews]
    assert files_of(reviews) == {f"NoTopic_{family[name]}_Notebook.ipynb": demo_notebook(name) for name in authors}


def test_work_archive_holds_the_newest_version(planned: World) -> None:
    review = first_of(planned, "anna")
    author = review.author
    receive_upload(
        planned.slot("notebook"),
        author,
        notebook(title="Second thoughts"),
        uploaded_by=author.user,
        arrived_at=UPLOADED + timedelta(hours=1),
    )
    assert list(files_of([review]).values()) == [demo_notebook("Second thoughts")]


def test_work_archive_of_an_anonymous_round_names_no_author(planned: World) -> None:
    ReviewRound.objects.update(anonymous=True)
    reviews = list(Review.objects.filter(reviewer=planned.row("anna")))
    assert set(files_of(reviews)) == {f"Work{review.pk}.ipynb" for review in reviews}
