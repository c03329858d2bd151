"""The policy table of this app."""

import rules

from courses.permissions import is_organizer, is_student, was_student

rules.add_perm("reviews.review_list", is_organizer | is_student)
rules.add_perm("reviews.review_plan", is_organizer)
rules.add_perm("reviews.pair_edit", is_organizer)
rules.add_perm("reviews.exclusion_edit", is_student)
rules.add_perm("reviews.review_detail", is_organizer | was_student)
rules.add_perm("reviews.document_download", is_organizer | was_student)
rules.add_perm("reviews.review_edit", is_student)
rules.add_perm("reviews.length_detail", is_student)
rules.add_perm("reviews.form_edit", is_student)
rules.add_perm("reviews.form_download", is_student)
rules.add_perm("reviews.point_list", is_student)
rules.add_perm("reviews.point_edit", is_student)
rules.add_perm("reviews.rating_edit", is_student)
rules.add_perm("reviews.work_diff", is_organizer | is_student)
rules.add_perm("reviews.work_download", is_organizer | is_student)
rules.add_perm("reviews.work_frame", is_organizer | is_student)
rules.add_perm("reviews.archive_download", is_student)
