from grading.models.appeals import APPEAL_TRANSITIONS, Appeal, AppealMessage, AppealState
from grading.models.assessments import Assessment, AssessmentMark
from grading.models.grades import CriterionMark, Mark, PartGrade, ReleasedGrade
from grading.models.meetings import Meeting, Outcome
from grading.models.scheme import Criterion, FailRule, GradingScheme, Part, PartSource, Rounding, TalkKind, TieBreak
from grading.models.talks import TalkRecord

__all__ = [
    "APPEAL_TRANSITIONS",
    "Appeal",
    "AppealMessage",
    "AppealState",
    "Assessment",
    "AssessmentMark",
    "Criterion",
    "CriterionMark",
    "FailRule",
    "GradingScheme",
    "Mark",
    "Meeting",
    "Outcome",
    "Part",
    "PartGrade",
    "PartSource",
    "ReleasedGrade",
    "Rounding",
    "TalkKind",
    "TalkRecord",
    "TieBreak",
]
