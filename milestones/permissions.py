"""The policy table of this app."""

import rules

from courses.permissions import is_organizer, is_student

rules.add_perm("milestones.milestone_list", is_organizer | is_student)
rules.add_perm("milestones.milestone_edit", is_organizer)
rules.add_perm("milestones.reminder_update", is_organizer)
rules.add_perm("milestones.request_edit", is_student)
