from milestones.services.extensions import ask_extension, decide_request, grant_extension
from milestones.services.gate import accepts, remind
from milestones.services.moving import dues_of, move_milestone, note_dues, set_talk_deadline

__all__ = [
    "accepts",
    "ask_extension",
    "decide_request",
    "dues_of",
    "grant_extension",
    "move_milestone",
    "note_dues",
    "remind",
    "set_talk_deadline",
]
