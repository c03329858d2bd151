"""Where an organizer's marks of a part go, and what stands around the forms for them."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from courses import queries as courses_queries
from courses.models import Participant
from grading import queries, services
from grading.domain.rubric import length_problem
from grading.forms import LevelsForm, PartGradeForm
from grading.models import Assessment, GradingScheme, Part, PartGrade, TalkRecord
from grading.services.grades import Entry, entry_of
from reviews.queries import written_and_answered
from submissions.queries import latest_versions
from submissions.services import readable
from topics.models import Topic
from topics.queries import topic_of


@dataclass(frozen=True)
class Place:
    """Where an organizer's marks of a part go: the grade itself, or their own assessment while another examiner is blind to it."""

    part: Part
    row: PartGrade | None
    seen: queries.Examination | None

    @property
    def is_open(self) -> bool:
        return self.seen is None or self.row is not None or bool(self.seen.both)

    @property
    def is_handed_in(self) -> bool:
        """The organizer's own part is done, and the other examiner's is still to come."""
        return not self.is_open and self.seen is not None and self.seen.own is not None and bool(self.seen.own.place)

    @property
    def prefix(self) -> str:
        """Fields of an assessment have names of their own, so that it is never taken for the grade."""
        return self.part.key if self.is_open else f"own-{self.part.key}"

    def options(self) -> dict[str, Any]:
        """What a form about this place is made of: what is stored, and its revision."""
        own = self.seen.own if self.seen else None
        row = self.row if self.is_open else own
        both = self.seen.both if self.seen and self.row is None else ()
        stored: Entry = services.merged(both) if both else entry_of(row)
        return {
            "part": self.part,
            "prefix": self.prefix,
            "stored": stored,
            "initial": {"revision": row.revision if row else 0},
        }

    def save(self, form: LevelsForm, student: Participant, actor: User) -> int:
        """Save what was typed where it belongs; return the revision it has now."""
        revision = form.cleaned_data["revision"]
        if self.is_open:
            reason = form.cleaned_data.get("reason", "").strip()
            grade = services.save_part_grade(
                self.part, student, form.entry(), revision=revision, actor=actor, now=timezone.now(), reason=reason
            )
            return grade.revision if grade else 0
        own = services.save_assessment(self.part, student, form.entry(), revision=revision, actor=actor)
        return own.revision if own else 0

    def revision_now(self, student: Participant, actor: User) -> int:
        rows: Any = PartGrade.objects if self.is_open else Assessment.objects.filter(examiner=actor)
        row = rows.filter(part=self.part, participant=student).first()
        return row.revision if row else 0


def places_of(scheme: GradingScheme, student: Participant, actor: User) -> list[Place]:
    """The parts that are entered by hand, as this organizer may see them."""
    rows = PartGrade.objects.filter(part__scheme=scheme, participant=student).prefetch_related("marks")
    grades = {row.part_id: row for row in rows}
    seen = queries.examinations(scheme, student, actor)
    return [Place(part, grades.get(part.pk), seen.get(part.pk)) for part in scheme.parts.all() if not part.is_derived]


def points_of(entry: Entry, part: Part) -> str:
    """The sum of the levels, as a help; empty where nothing is marked."""
    if not entry.levels:
        return ""
    most = sum(criterion.points for criterion in part.criteria.all())
    return _("%(sum)d of %(most)d points") % {"sum": sum(entry.levels.values()), "most": most}


def talks_of(part: Part, topic: Topic | None, records: list[TalkRecord]) -> dict[str, Any]:
    """The target of a part's talk, and each record with the minutes by which it is too long or, below zero, too short."""
    if not part.talk:
        return {"talks": []}
    target = queries.talk_target(part, topic)
    problems = [length_problem(record.seconds, *target) if record.seconds is not None else 0 for record in records]
    return {
        "target": target,
        "talks": [
            (record, max(problem, 0), max(-problem, 0)) for record, problem in zip(records, problems, strict=True)
        ],
    }


def page_of(
    scheme: GradingScheme, student: Participant, actor: User, places: list[Place], forms: dict[Place, PartGradeForm]
) -> dict[str, Any]:
    """What the page shows around its forms."""
    seminar, topic = scheme.seminar, topic_of(student)
    versions = latest_versions([place.part.slot for place in places if place.part.slot], [student.pk])
    talks = queries.talk_records(student, [place.part for place in places if place.is_open], actor)
    panels = []
    for place in places:
        options = place.options()
        version = versions.get((place.part.slot_id or 0, student.pk))
        panels.append(
            {
                "place": place,
                "part": place.part,
                "form": forms.get(place),
                "stored": options["stored"],
                "sum": points_of(options["stored"], place.part),
                "both": place.seen.both if place.seen else (),
                "version": version,
                "frame": reverse("submissions:version_frame", args=[seminar.slug, version.receipt])
                if version and readable(version)
                else "",
                **talks_of(place.part, topic, talks.get(place.part.pk, [])),
            }
        )
    students = list(courses_queries.students(seminar))
    done = queries.progress(scheme, students, actor)
    return {
        "seminar": seminar,
        "student": student,
        "topic": topic,
        "reviews": written_and_answered(student),
        "panels": panels,
        "first_frame": next((panel["frame"] for panel in panels if panel["frame"]), ""),
        "students": [(each, len(done[each.pk])) for each in students],
        "needed": len(places),
        "complete": sum(len(parts) == len(places) for parts in done.values()),
        "computed": queries.compute(scheme, [student])[0],
    }
