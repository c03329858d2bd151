"""The policy table of this app."""

import rules

from courses.permissions import is_organizer, is_student

rules.add_perm("topics.topic_list", rules.always_allow)
rules.add_perm("topics.preference_edit", is_student)
rules.add_perm("topics.allocation_detail", is_organizer | is_student)
rules.add_perm("topics.allocation_create", is_organizer)
rules.add_perm("topics.allocation_publish", is_organizer)
rules.add_perm("topics.assignment_update", is_organizer)
