"""Milestones, uploads, reviews and grading."""

from typing import Any

from django.db.models import Q

from courses.models import HistoryEntry, Seminar, Session
from grading.models import Criterion, GradingScheme, Part
from milestones.models import Anchor, Milestone
from reviews.models import ReviewPrompt, ReviewRound
from seminar.domain.seminar_file import SeminarFile
from seminar.domain.seminar_file.work import GradingTable, MilestoneTable, PartTable, PreferencesTable, ReviewsTable
from seminar.services.loading.rows import follow
from submissions.models import UploadSlot
from topics.models import PreferenceRule

DEFAULT_POINTS = 4


def load_work(file: SeminarFile, seminar: Seminar) -> list[str]:
    """Write the rules of the seminar's work; return a line for every row that was kept."""
    sessions = {session.key: session for session in Session.objects.filter(seminar=seminar)}
    rows = [_milestone(row, position, sessions) for position, row in enumerate(file.milestones)]
    follow(Milestone, {"seminar": seminar}, "key", rows, label="Milestone")
    milestones = {milestone.key: milestone for milestone in Milestone.objects.filter(seminar=seminar)}
    kept = []
    if file.preferences:
        kept += _load_preferences(file.preferences, milestones[file.preferences.milestone])
    renamed = {"types": "extensions", "naming": "naming_template"}
    slots = [
        {renamed.get(name, name): value for name, value in upload.model_dump(exclude={"milestone", "checks"}).items()}
        | {"milestone_id": milestones[upload.milestone].pk, "position": position}
        | {"checks": upload.checks.model_dump(mode="json", exclude_defaults=True) if upload.checks else {}}
        for position, upload in enumerate(file.uploads)
    ]
    kept += follow(UploadSlot, {"milestone__seminar": seminar}, "key", slots, label="Upload")
    if file.reviews:
        slot = UploadSlot.objects.get(milestone__seminar=seminar, key=file.reviews.upload)
        kept += _load_reviews(file.reviews, milestones[file.reviews.milestone], slot)
    if file.grading:
        kept += _load_grading(file.grading, seminar)
    # Once more: what hung on a milestone that the file no longer names may have moved to another by now.
    return follow(Milestone, {"seminar": seminar}, "key", rows, label="Milestone") + kept


def _milestone(row: MilestoneTable, position: int, sessions: dict[str, Session]) -> dict[str, Any]:
    return {
        "key": row.key,
        "label": row.label,
        "title": row.title,
        "kind": row.kind,
        "description": row.description,
        "anchor": Anchor.DATE if row.due else Anchor.OWN_TALK,
        "due_date": row.due.date() if row.due else None,
        "due_time": row.due.time() if row.due else row.time,
        "offset_days": row.days_after_own_talk or 0,
        "session_id": sessions[row.session].pk if row.session else None,
        "grace_minutes": row.grace_minutes,
        "late_policy": row.late,
        "late_hours": row.late_hours,
        "reminder_hours": row.reminders,
        "position": position,
    }


def _load_preferences(table: PreferencesTable, milestone: Milestone) -> list[str]:
    """Write how topics are chosen; once a list has come in, the seed stays, because its hash was shown to the list's author."""
    kept, seminar = [], milestone.seminar
    rule = PreferenceRule.objects.filter(seminar=seminar).first() or PreferenceRule(seminar=seminar)
    if table.seed is not None and table.seed != rule.seed:
        if rule.pk and HistoryEntry.objects.filter(seminar=seminar, subject="preferences").exists():
            kept.append("The seed of the draw was kept, because preferences have come in.")
        else:
            rule.seed = table.seed
    rule.milestone = milestone
    for name, value in table.model_dump(exclude={"milestone", "seed"}).items():
        setattr(rule, name, value)
    rule.save()
    return kept


def _load_reviews(table: ReviewsTable, milestone: Milestone, slot: UploadSlot) -> list[str]:
    least, most = table.pages
    fields = table.model_dump(include={"per_reviewer", "per_submission", "anonymous", "near", "seed"})
    round_, _ = ReviewRound.objects.update_or_create(
        milestone__seminar=milestone.seminar,
        defaults={
            **fields,
            "milestone": milestone,
            "slot": slot,
            "pages_min": least,
            "pages_max": most,
            "delivery_date": table.deliver_on and table.deliver_on.date(),
            "delivery_time": table.deliver_on and table.deliver_on.time(),
        },
    )
    prompts = [{**prompt.model_dump(), "position": position} for position, prompt in enumerate(table.prompts)]
    return follow(ReviewPrompt, {"round": round_}, "key", prompts, label="Question")


def _load_grading(table: GradingTable, seminar: Seminar) -> list[str]:
    until = table.missing_until
    fields = table.model_dump(exclude={"parts", "scale", "missing_until"})
    fields |= {"missing_date": until and until.date(), "missing_time": until and until.time()}
    scheme, _ = GradingScheme.objects.update_or_create(
        seminar=seminar, defaults={**fields, "scale": [str(step) for step in table.scale]}
    )
    slots = {slot.key: slot.pk for slot in UploadSlot.objects.filter(milestone__seminar=seminar)}
    rows = [_part(part, position, slots) for position, part in enumerate(table.parts)]
    kept = follow(Part, {"scheme": scheme}, "key", rows, label="Part")
    parts = {part.key: part for part in Part.objects.filter(scheme=scheme)}
    for part in table.parts:
        criteria, line = _criteria(part, parts[part.key])
        kept += line + follow(
            Criterion, {"part": parts[part.key]}, "position", criteria, label=f"Criterion of {part.key}"
        )
    return kept


def _part(table: PartTable, position: int, slots: dict[str, int]) -> dict[str, Any]:
    least, most = table.minutes or (None, None)
    fields = table.model_dump(exclude={"criteria", "minutes"})
    targets = {"slot_id": slots.get(table.upload), "minutes_min": least, "minutes_max": most}
    return {**fields, **targets, "position": position}


def _criteria(table: PartTable, part: Part) -> tuple[list[dict[str, Any]], list[str]]:
    """The rubric's rows, and a line for every criterion that keeps its levels because marks were given on them."""
    marked = {
        criterion.position: criterion
        for criterion in part.criteria.filter(Q(marks__isnull=False) | Q(assessment_marks__isnull=False)).distinct()
    }
    rows, kept = [], []
    for position, row in enumerate(table.criteria):
        most = len(row.levels) - 1 if row.levels else row.points or DEFAULT_POINTS
        scale = {"levels": row.levels, "points": most}
        old = marked.get(position)
        if old is not None and (old.levels, old.points) != (row.levels, most):
            scale = {"levels": old.levels, "points": old.points}
            kept.append(f"Criterion {position + 1} of {part.key} keeps its levels, because marks were given on them.")
        rows.append({"position": position, "text": row.text, "help": row.help, **scale})
    return rows, kept
