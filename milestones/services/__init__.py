from milestones.services.extensions import ask_extension, decide_request, grant_extension, grant_extensions
from milestones.services.gate import accepts
from milestones.services.moving import dues_of, move_milestone, note_dues, set_reminders, set_talk_deadline

__all__ = [
    "accepts",
    "ask_extension",
    "decide_request",
    "dues_of",
    "grant_extension",
    "grant_extensions",
    "move_milestone",
    "note_dues",
    "set_reminders",
    "set_talk_deadline",
]
