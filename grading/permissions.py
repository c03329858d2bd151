"""The policy table of this app."""

import rules

from courses.permissions import is_organizer, is_student, was_student

rules.add_perm("grading.grade_list", is_organizer | is_student)
rules.add_perm("grading.grade_detail", is_organizer | was_student)
rules.add_perm("grading.grade_edit", is_organizer)
rules.add_perm("grading.talk_edit", is_organizer)
rules.add_perm("grading.grade_release", is_organizer)
rules.add_perm("grading.rule_detail", is_organizer)
rules.add_perm("grading.rule_edit", is_organizer)
rules.add_perm("grading.history_list", is_organizer)
rules.add_perm("grading.history_download", is_organizer)
rules.add_perm("grading.record_download", is_organizer | was_student)
rules.add_perm("grading.certificate_download", is_organizer | was_student)
rules.add_perm("grading.document_issue", is_organizer)
rules.add_perm("grading.document_search", rules.always_allow)
rules.add_perm("grading.document_check", rules.always_allow)
rules.add_perm("grading.grades_download", is_organizer)
rules.add_perm("grading.report_detail", is_organizer)
rules.add_perm("grading.report_issue", is_organizer)
rules.add_perm("grading.report_download", is_organizer)
rules.add_perm("grading.office_sheet", is_organizer)
rules.add_perm("grading.appeal_edit", is_organizer | was_student)
rules.add_perm("grading.meeting_list", is_organizer | is_student)
rules.add_perm("grading.meeting_create", is_organizer)
rules.add_perm("grading.meeting_edit", is_organizer)
rules.add_perm("grading.meeting_update", is_student)
