from milestones.services.extensions import ask_extension, decide_request, grant_extension
from milestones.services.gate import accepts, remind
from milestones.services.moving import move_milestone, set_talk_deadline

__all__ = [
    "accepts",
    "ask_extension",
    "decide_request",
    "grant_extension",
    "move_milestone",
    "remind",
    "set_talk_deadline",
]
