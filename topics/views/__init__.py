from topics.views.allocation import allocation_create, allocation_detail, allocation_publish, run_detail
from topics.views.catalogue import topic_create, topic_edit, topic_import, topic_list
from topics.views.evidence import document_download, proof_download
from topics.views.exchange import exchange_list, exchange_update
from topics.views.hand import assignment_edit, pair_create, pair_delete
from topics.views.preferences import preference_edit
from topics.views.proposals import proposal_list, proposal_update

__all__ = [
    "allocation_create",
    "allocation_detail",
    "allocation_publish",
    "assignment_edit",
    "document_download",
    "exchange_list",
    "exchange_update",
    "pair_create",
    "pair_delete",
    "preference_edit",
    "proof_download",
    "proposal_list",
    "proposal_update",
    "run_detail",
    "topic_create",
    "topic_edit",
    "topic_import",
    "topic_list",
]
