from grading.models.appeals import APPEAL_TRANSITIONS, Appeal, AppealMessage, AppealState
from grading.models.grades import CriterionMark, PartGrade, ReleasedGrade
from grading.models.meetings import Meeting, Outcome
from grading.models.scheme import Criterion, FailRule, GradingScheme, Part, PartSource, Rounding, TieBreak

__all__ = [
    "APPEAL_TRANSITIONS",
    "Appeal",
    "AppealMessage",
    "AppealState",
    "Criterion",
    "CriterionMark",
    "FailRule",
    "GradingScheme",
    "Meeting",
    "Outcome",
    "Part",
    "PartGrade",
    "PartSource",
    "ReleasedGrade",
    "Rounding",
    "TieBreak",
]
