"""Facts, texts, sessions and topics."""

from typing import Any

from courses.models import Notice, Prerequisite, Reference, Section, Seminar, Session
from seminar.domain.seminar_file import SeminarFile
from seminar.services.loading.rows import follow, replace_all, write_rows
from topics.models import Seat, SessionTopic, Topic, TopicPrerequisite

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# file field → model field, where they differ
RENAMED = {
    "starts": "starts_at",
    "ends": "ends_at",
    "availability": "availability_text",
    "registration": "registration_text",
    "theses": "thesis_text",
    "entry_from": "entry_opens_on",
    "entry_until": "entry_closes_on",
}


def load_course(file: SeminarFile, slug: str) -> tuple[Seminar, list[str]]:
    """Write what does not depend on people; return the seminar and a line for every row that was kept."""
    facts = {RENAMED.get(name, name): value for name, value in file.seminar.model_dump(exclude={"slug"}).items()}
    facts["weekday"] = DAYS.index(facts["weekday"])
    seminar, _ = Seminar.objects.update_or_create(slug=slug, defaults=facts)
    owner = {"seminar": seminar}
    replace_all(Prerequisite, owner, (row.model_dump() for row in file.prerequisites))
    replace_all(Notice, owner, (row.model_dump() for row in file.notices))
    replace_all(Section, owner, (row.model_dump() for row in file.sections))
    references = (row.model_dump() for row in file.references)
    replace_all(Reference, owner, ({("list_title" if k == "list" else k): v for k, v in r.items()} for r in references))
    kept = follow(Session, owner, "key", [_session(row.model_dump()) for row in file.sessions], label="Session")
    topics = [_topic(row.model_dump()) for row in file.topics]
    kept += follow(Topic, owner, "number", topics, label="Topic")
    _load_prerequisites(file, seminar)
    kept += _load_seats(file, seminar)
    _bind_topics(file, seminar)
    return seminar, kept


def _session(row: dict[str, Any]) -> dict[str, Any]:
    return {RENAMED.get(name, name): value for name, value in row.items() if name not in {"topics", "minutes"}}


def _topic(row: dict[str, Any]) -> dict[str, Any]:
    renamed = {"scope": "scope_note"}
    return {renamed.get(name, name): value for name, value in row.items() if name not in {"seats", "prerequisites"}}


def _load_prerequisites(file: SeminarFile, seminar: Seminar) -> None:
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=seminar).prefetch_related("prerequisites")}
    for row in file.topics:
        topic = topics[row.number]
        if row.prerequisites or topic.prerequisites.all():
            replace_all(TopicPrerequisite, {"topic": topic}, (each.model_dump() for each in row.prerequisites))


def _load_seats(file: SeminarFile, seminar: Seminar) -> list[str]:
    """As many seats as the file says, and as many more as are held."""
    kept: list[str] = []
    seats: dict[int, list[Seat]] = {}
    for seat in Seat.objects.filter(topic__seminar=seminar).select_related("topic", "assignment").order_by("-number"):
        seats.setdefault(seat.topic.number, []).append(seat)
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=seminar)}
    for row in file.topics:
        here = seats.get(row.number, [])
        last, missing = max((seat.number for seat in here), default=0), row.seats - len(here)
        Seat.objects.bulk_create(
            Seat(topic=topics[row.number], number=number) for number in range(last + 1, last + 1 + missing)
        )
        spare = [seat for seat in here if not hasattr(seat, "assignment")][: max(0, -missing)]
        for seat in spare:
            seat.delete()
        kept += [
            f"Seat {seat.number} of topic {row.number} was kept, because somebody holds it."
            for seat in [seat for seat in here if seat not in spare][: len(here) - len(spare) - row.seats]
        ]
    return kept


def _bind_topics(file: SeminarFile, seminar: Seminar) -> None:
    sessions = {session.key: session for session in Session.objects.filter(seminar=seminar)}
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=seminar)}
    rows = []
    for row in file.sessions:
        least, most = row.minutes or (None, None)
        rows += [
            {
                "session_id": sessions[row.key].pk,
                "topic_id": topics[number].pk,
                "position": position,
                "minutes_min": least,
                "minutes_max": most,
            }
            for position, number in enumerate(row.topics)
        ]
    in_file = {"session__in": [sessions[row.key] for row in file.sessions]}
    for leftover in write_rows(SessionTopic, in_file, ["session_id", "topic_id"], rows):
        leftover.delete()
