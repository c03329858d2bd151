from grading.models.appeals import APPEAL_TRANSITIONS, Appeal, AppealMessage, AppealState
from grading.models.assessments import Assessment, AssessmentMark
from grading.models.documents import CountedGrade, DocumentKind, IssuedDocument
from grading.models.grades import CriterionMark, Mark, PartGrade, ReleasedGrade
from grading.models.meetings import Meeting, Outcome
from grading.models.releases import ReleasedPart
from grading.models.rules import RuleVersion
from grading.models.scheme import (
    BY_HAND,
    Criterion,
    FailRule,
    GradingScheme,
    Missing,
    Part,
    PartSource,
    Rounding,
    TalkKind,
    TieBreak,
)
from grading.models.talks import TalkRecord

__all__ = [
    "APPEAL_TRANSITIONS",
    "BY_HAND",
    "Appeal",
    "AppealMessage",
    "AppealState",
    "Assessment",
    "AssessmentMark",
    "CountedGrade",
    "Criterion",
    "CriterionMark",
    "DocumentKind",
    "FailRule",
    "GradingScheme",
    "IssuedDocument",
    "Mark",
    "Meeting",
    "Missing",
    "Outcome",
    "Part",
    "PartGrade",
    "PartSource",
    "ReleasedGrade",
    "ReleasedPart",
    "Rounding",
    "RuleVersion",
    "TalkKind",
    "TalkRecord",
    "TieBreak",
]
