from grading.models.appeals import APPEAL_TRANSITIONS, Appeal, AppealMessage, AppealState
from grading.models.grades import CriterionMark, PartGrade, ReleasedGrade
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
    TieBreak,
)

__all__ = [
    "APPEAL_TRANSITIONS",
    "BY_HAND",
    "Appeal",
    "AppealMessage",
    "AppealState",
    "Criterion",
    "CriterionMark",
    "FailRule",
    "GradingScheme",
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
    "TieBreak",
]
