"""The policy table of this app."""

import rules

from courses.permissions import is_organizer, is_student, was_student

rules.add_perm("submissions.submission_list", is_organizer | is_student)
rules.add_perm("submissions.submission_edit", is_student)
rules.add_perm("submissions.receipt_detail", is_organizer | was_student)
rules.add_perm("submissions.version_download", is_organizer | was_student)
