"""The catalogue, what students prefer, who got what, and how that changes hands."""

from topics.models.allocation import RUN_TRANSITIONS, AllocationRun, Assignment, RunState
from topics.models.catalogue import (
    PROPOSAL_TRANSITIONS,
    ProposalState,
    Seat,
    SessionTopic,
    Topic,
    TopicPrerequisite,
    TopicProposal,
)
from topics.models.exchange import EXCHANGE_TRANSITIONS, OPEN_EXCHANGE, Exchange, ExchangeKind, ExchangeState
from topics.models.preferences import (
    ExchangePolicy,
    Objective,
    Pair,
    PairKind,
    Preference,
    PreferenceList,
    PreferenceRule,
)

__all__ = [
    "EXCHANGE_TRANSITIONS",
    "OPEN_EXCHANGE",
    "PROPOSAL_TRANSITIONS",
    "RUN_TRANSITIONS",
    "AllocationRun",
    "Assignment",
    "Exchange",
    "ExchangeKind",
    "ExchangePolicy",
    "ExchangeState",
    "Objective",
    "Pair",
    "PairKind",
    "Preference",
    "PreferenceList",
    "PreferenceRule",
    "ProposalState",
    "RunState",
    "Seat",
    "SessionTopic",
    "Topic",
    "TopicPrerequisite",
    "TopicProposal",
]
