"""A seminar's rows as the file that would load them: the way back of `seminar.services.loading`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import tomli_w

from courses.models import Participant, ParticipantState, Role, Seminar
from grading.models import Criterion, GradingScheme, Part
from milestones.models import Anchor, Milestone
from reviews.models import ReviewRound
from seminar.services.loading.course import DAYS, RENAMED
from seminar.services.loading.work import DEFAULT_POINTS
from submissions.models import UploadSlot
from topics.models import PreferenceRule, SessionTopic, Topic
from topics.queries import topics_of_participants

FACTS = (
    *("slug", "title", "subtitle", "tag", "term", "language", "ects", "eligibility", "time_zone"),
    *("capacity", "admission", "starts", "ends", "room", "mode", "availability", "registration", "registration_until"),
    *("theses", "entry_from", "entry_until", "offer_hours", "absences_allowed", "attendance", "check_in"),
    *("discussion_notes", "names_public", "published"),
)


def seminar_toml(seminar: Seminar) -> str:
    """The seminar as TOML that `seminar_load` takes; empty values are left out."""
    document = {
        "seminar": {**_pick(seminar, FACTS), "weekday": DAYS[seminar.weekday]},
        "sections": [_pick(row, ["key", "title", "body"]) for row in seminar.sections.all()],
        "prerequisites": [_pick(row, ["strength", "text"]) for row in seminar.prerequisites.all()],
        "notices": [_pick(row, ["title", "body"]) for row in seminar.notices.all()],
        "references": [
            {"list": row.list_title, **_pick(row, ["title", "authors", "url", "note"])}
            for row in seminar.references.all()
        ],
        "sessions": _sessions(seminar),
        "topics": [
            _topic(row) for row in Topic.objects.filter(seminar=seminar).prefetch_related("seats", "prerequisites")
        ],
        "milestones": [_milestone(row) for row in Milestone.objects.filter(seminar=seminar).select_related("session")],
        "preferences": _preferences(seminar),
        "uploads": [_upload(row) for row in UploadSlot.objects.filter(milestone__seminar=seminar).order_by("position")],
        "reviews": _reviews(seminar),
        "grading": _grading(seminar),
        "people": _people(seminar),
    }
    return tomli_w.dumps(_without_empty(document), multiline_strings=True)


def _pick(row: Any, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(row, RENAMED.get(name, name)) for name in names}


def _without_empty(value: Any) -> Any:
    """TOML knows no null, and an empty text is every field's default."""
    if isinstance(value, dict):
        return {
            name: _without_empty(inner)
            for name, inner in value.items()
            if inner is not None and inner not in ("", [], {})
        }
    return [_without_empty(inner) for inner in value] if isinstance(value, list) else value


def _sessions(seminar: Seminar) -> list[dict[str, Any]]:
    bound: dict[int, list[SessionTopic]] = {}
    for row in SessionTopic.objects.filter(session__seminar=seminar).select_related("topic").order_by("position"):
        bound.setdefault(row.session_id, []).append(row)
    tables = []
    for session in seminar.sessions.all():
        table = _pick(session, ["key", "kind", "date", "title", "starts", "ends", "room", "tentative", "note"])
        topics = bound.get(session.pk, [])
        table["topics"] = [row.topic.number for row in topics]
        if topics and topics[0].minutes_min is not None:
            table["minutes"] = [topics[0].minutes_min, topics[0].minutes_max]
        tables.append(table)
    return tables


def _topic(row: Topic) -> dict[str, Any]:
    return {
        **_pick(row, ["number", "title", "authors", "url", "abstract", "notice"]),
        "scope": row.scope_note,
        "seats": len(row.seats.all()),
        "prerequisites": [_pick(prerequisite, ["strength", "text"]) for prerequisite in row.prerequisites.all()],
    }


def _milestone(row: Milestone) -> dict[str, Any]:
    table = _pick(row, ["key", "label", "title", "kind", "description", "grace_minutes", "late_hours"])
    table |= {
        "late": row.late_policy,
        "reminders": row.reminder_hours,
        "session": row.session.key if row.session else "",
    }
    if row.anchor == Anchor.OWN_TALK:
        return {**table, "days_after_own_talk": row.offset_days, "time": row.due_time}
    return {**table, "due": datetime.combine(row.due_date, row.due_time) if row.due_date else None}


def _preferences(seminar: Seminar) -> dict[str, Any] | None:
    rule = PreferenceRule.objects.filter(seminar=seminar).select_related("milestone").first()
    fields = ("count", "ranked", "ties", "fill", "demand_visible", "proposals", "exchanges", "objective", "seed")
    # Nonce and salt stay behind: the seed is shown with the first after the draw, and the second turns codes into people.
    return {"milestone": rule.milestone.key, **_pick(rule, fields)} if rule else None


def _upload(slot: UploadSlot) -> dict[str, Any]:
    table = {"milestone": slot.milestone.key, "types": slot.extensions, "naming": slot.naming_template}
    return {**table, **_pick(slot, ["key", "title", "max_megabytes", "required", "hint", "declarations", "checks"])}


def _reviews(seminar: Seminar) -> dict[str, Any] | None:
    round_ = ReviewRound.objects.filter(milestone__seminar=seminar).select_related("milestone", "slot").first()
    if round_ is None:
        return None
    return {
        "milestone": round_.milestone.key,
        "upload": round_.slot.key,
        **_pick(round_, ["per_reviewer", "per_submission", "anonymous", "near", "seed"]),
        "deliver_on": round_.delivery_wall,
        "pages": [round_.pages_min, round_.pages_max],
        "prompts": [_pick(prompt, ["key", "title", "help", "required"]) for prompt in round_.prompts.all()],
    }


def _grading(seminar: Seminar) -> dict[str, Any] | None:
    scheme = GradingScheme.objects.filter(seminar=seminar).first()
    if scheme is None:
        return None
    rules = [
        "scale",
        "pass_mark",
        "fail_grade",
        "lower_is_better",
        "fail_any_part",
        "rounding",
        "tie_break",
        "best_grade",
        "undecided_margin",
        "missing",
        "missing_until",
        "appeal_days",
    ]
    parts = [_part(part) for part in scheme.parts.select_related("slot").prefetch_related("criteria")]
    return {**_pick(scheme, rules), "parts": parts}


def _part(part: Part) -> dict[str, Any]:
    fields = ["key", "title", "description", "weight", "must_pass", "source", "upload", "updated", "breaks_ties"]
    fields += ["examiners", "talk"]
    return {
        **_pick(part, fields),
        "minutes": [part.minutes_min, part.minutes_max] if part.minutes_min is not None else None,
        "criteria": [_criterion(criterion) for criterion in part.criteria.all()],
    }


def _criterion(criterion: Criterion) -> str | dict[str, Any]:
    """As one writes it: a plain text where it has no levels of its own."""
    if (criterion.levels, criterion.points, criterion.help) == ([], DEFAULT_POINTS, ""):
        return criterion.text
    scale = {"levels": criterion.levels} if criterion.levels else {"points": criterion.points}
    return {"text": criterion.text, **scale, "help": criterion.help}


def _people(seminar: Seminar) -> list[dict[str, Any]]:
    rows = list(Participant.objects.filter(seminar=seminar).select_related("user").order_by("entered_at", "pk"))
    topics = topics_of_participants(row.pk for row in rows)
    moderated: dict[int, list[int]] = {}
    bound = SessionTopic.objects.filter(session__seminar=seminar, moderator__isnull=False).select_related("topic")
    for talk in bound:
        numbers = moderated.setdefault(talk.moderator_id or 0, [])
        numbers += [] if talk.topic.number in numbers else [talk.topic.number]
    return [_person(row, topics.get(row.pk), moderated.get(row.pk, [])) for row in rows]


def _person(row: Participant, topic: Topic | None, moderates: list[int]) -> dict[str, Any]:
    user = row.user
    name = f"{user.given_names} {user.family_name}".strip()
    title = user.display_name.removesuffix(name).strip() if user.display_name.endswith(name) else ""
    table = {
        "email": user.email,
        "given": user.given_names,
        "family": user.family_name,
        "title": title,
        "role": row.role,
        "contact": row.is_contact,
        "topic": topic.number if topic else None,
        "moderates": moderates,
        "name_public": row.name_public,
        "matriculation": user.matriculation_number,
        "programme": user.programme,
        "degree": user.degree,
        "language": user.language,
        **_pick(row, ["registration_needed", "registered_on"]),
    }
    # An offer runs out; who had one stands in line again, at their old place.
    state = ParticipantState.WAITING if row.state == ParticipantState.OFFERED else row.state
    return table if row.role == Role.ORGANIZER else {**table, "state": state}
