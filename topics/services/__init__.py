from topics.services.allocation import compare_objectives, publish_allocation, run_allocation, run_input
from topics.services.assigning import assign_topic, note_returns, settle, sync_expected, sync_talk_deadlines
from topics.services.catalogue import (
    catalogue_of,
    digest_of,
    import_topics,
    next_number,
    save_topic,
    state_of_topic,
    topic_fates,
)
from topics.services.exchanges import answer_swap, ask_swap, claim_topic, decide_exchange, take_back_exchange
from topics.services.pairs import remove_pair, set_pair
from topics.services.preferences import clear_preferences, save_preferences, send_receipt
from topics.services.proof import document_json, proof_archive
from topics.services.proposals import decide_proposal, propose_topic
from topics.services.talks import note_talks, talks_in

__all__ = [
    "answer_swap",
    "ask_swap",
    "assign_topic",
    "catalogue_of",
    "claim_topic",
    "clear_preferences",
    "compare_objectives",
    "decide_exchange",
    "decide_proposal",
    "digest_of",
    "document_json",
    "import_topics",
    "next_number",
    "note_returns",
    "note_talks",
    "proof_archive",
    "propose_topic",
    "publish_allocation",
    "remove_pair",
    "run_allocation",
    "run_input",
    "save_preferences",
    "save_topic",
    "send_receipt",
    "set_pair",
    "settle",
    "state_of_topic",
    "sync_expected",
    "sync_talk_deadlines",
    "take_back_exchange",
    "talks_in",
    "topic_fates",
]
