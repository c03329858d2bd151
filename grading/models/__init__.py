from grading.models.appeals import APPEAL_TRANSITIONS, Appeal, AppealMessage, AppealState
from grading.models.documents import CountedGrade, DocumentKind, IssuedDocument
from grading.models.grades import CriterionMark, PartGrade, ReleasedGrade
from grading.models.meetings import Meeting, Outcome
from grading.models.scheme import Criterion, FailRule, GradingScheme, Part, PartSource, Rounding, TieBreak

__all__ = [
    "APPEAL_TRANSITIONS",
    "Appeal",
    "AppealMessage",
    "AppealState",
    "CountedGrade",
    "Criterion",
    "CriterionMark",
    "DocumentKind",
    "FailRule",
    "GradingScheme",
    "IssuedDocument",
    "Meeting",
    "Outcome",
    "Part",
    "PartGrade",
    "PartSource",
    "ReleasedGrade",
    "Rounding",
    "TieBreak",
]
