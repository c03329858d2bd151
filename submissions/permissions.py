"""The policy table of this app."""

import rules

from courses.permissions import is_organizer, is_student, was_student

# What came in, for those who handed it in and for organizers; which of it, the query decides.
own_or_organized = is_organizer | was_student

rules.add_perm("submissions.submission_list", is_organizer | is_student)
rules.add_perm("submissions.submission_edit", is_student)
rules.add_perm("submissions.submission_create", is_organizer)
rules.add_perm("submissions.receipt_check", rules.always_allow)
rules.add_perm("submissions.receipt_detail", own_or_organized)
rules.add_perm("submissions.version_download", own_or_organized)
rules.add_perm("submissions.version_detail", own_or_organized)
rules.add_perm("submissions.version_frame", own_or_organized)
rules.add_perm("submissions.version_diff", own_or_organized)
rules.add_perm("submissions.version_choose", is_organizer | is_student)
rules.add_perm("submissions.picture", rules.always_allow)  # the address itself is the right; see services/reading.py
rules.add_perm("submissions.publication_create", is_organizer)
rules.add_perm("submissions.publication_delete", own_or_organized)
rules.add_perm("submissions.work_list", rules.always_allow)
rules.add_perm("submissions.work_detail", rules.always_allow)
rules.add_perm("submissions.work_frame", rules.always_allow)
rules.add_perm("submissions.work_download", rules.always_allow)
rules.add_perm("submissions.similarity_list", is_organizer)
rules.add_perm("submissions.similarity_detail", is_organizer)
rules.add_perm("submissions.template_create", is_organizer)
rules.add_perm("submissions.case_edit", is_organizer)
