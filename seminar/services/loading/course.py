"""Facts, texts, sessions and topics."""

from typing import Any

from courses.models import Notice, Prerequisite, Reference, Section, Seminar, Session
from seminar.domain.seminar_file import SeminarFile
from seminar.services.loading.rows import follow, replace_all, write_rows
from topics.models import Seat, SessionTopic, Topic

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
# file field → model field, where they differ
RENAMED = {
    "starts": "starts_at",
    "ends": "ends_at",
    "availability": "availability_text",
    "registration": "registration_text",
    "theses": "thesis_text",
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
    kept += _load_seats(file, seminar)
    _bind_topics(file, seminar)
    return seminar, kept


def _session(row: dict[str, Any]) -> dict[str, Any]:
    return {RENAMED.get(name, name): value for name, value in row.items() if name not in {"topics", "minutes"}}


def _topic(row: dict[str, Any]) -> dict[str, Any]:
    renamed = {"scope": "scope_note"}
    return {renamed.get(name, name): value for name, value in row.items() if name != "seats"}


def _load_seats(file: SeminarFile, seminar: Seminar) -> list[str]:
    kept = []
    seats = {
        (seat.topic.number, seat.number): seat
        for seat in Seat.objects.filter(topic__seminar=seminar).select_related("topic", "assignment")
    }
    topics = {topic.number: topic for topic in Topic.objects.filter(seminar=seminar)}
    Seat.objects.bulk_create(
        Seat(topic=topics[row.number], number=number)
        for row in file.topics
        for number in range(1, row.seats + 1)
        if (row.number, number) not in seats
    )
    for row in file.topics:
        for (topic, number), seat in seats.items():
            if topic != row.number or number <= row.seats:
                continue
            if hasattr(seat, "assignment"):
                kept.append(f"Seat {number} of topic {topic} was kept, because somebody holds it.")
            else:
                seat.delete()
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
