"""The policy table of this app."""

import rules

from courses.permissions import is_organizer, is_student

rules.add_perm("topics.topic_list", rules.always_allow)
rules.add_perm("topics.topic_create", is_organizer)
rules.add_perm("topics.topic_edit", is_organizer)
rules.add_perm("topics.topic_import", is_organizer)
rules.add_perm("topics.proposal_list", is_organizer | is_student)
rules.add_perm("topics.proposal_update", is_organizer | is_student)
rules.add_perm("topics.preference_edit", is_student)
rules.add_perm("topics.allocation_detail", is_organizer | is_student)
rules.add_perm("topics.allocation_create", is_organizer)
rules.add_perm("topics.allocation_publish", is_organizer)
rules.add_perm("topics.run_detail", is_organizer)
rules.add_perm("topics.pair_create", is_organizer)
rules.add_perm("topics.pair_delete", is_organizer)
rules.add_perm("topics.assignment_edit", is_organizer)
rules.add_perm("topics.document_download", is_organizer | is_student)
rules.add_perm("topics.proof_download", is_organizer | is_student)
rules.add_perm("topics.exchange_list", is_student)
rules.add_perm("topics.exchange_update", is_organizer | is_student)
