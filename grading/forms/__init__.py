from grading.forms.entering import LevelsForm, PartGradeForm, TalkForm
from grading.forms.rules import RuleForm, WhatIfForm
from grading.forms.talking import AppealForm, MeetingForm, OfferForm

__all__ = [
    "AppealForm",
    "LevelsForm",
    "MeetingForm",
    "OfferForm",
    "PartGradeForm",
    "RuleForm",
    "TalkForm",
    "WhatIfForm",
]
