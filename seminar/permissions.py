"""The policy table of the pages that need several apps."""

import rules

from accounts.permissions import is_operator
from courses.permissions import is_organizer, is_participant, was_student

rules.add_perm("seminar.home", rules.always_allow)
rules.add_perm("seminar.health", rules.always_allow)
rules.add_perm("seminar.language", rules.always_allow)
rules.add_perm("seminar.seminar_detail", rules.always_allow)
rules.add_perm("seminar.seminar_calendar", rules.always_allow)
rules.add_perm("seminar.calendar_feed", rules.always_allow)
rules.add_perm("seminar.calendar_edit", rules.is_authenticated)
rules.add_perm("seminar.me_detail", is_participant | was_student)
rules.add_perm("seminar.manage_detail", is_organizer)
rules.add_perm("seminar.manage_download", is_organizer)
rules.add_perm("seminar.dossier_download", is_organizer | was_student)
rules.add_perm("seminar.entry_delete", was_student)
rules.add_perm("seminar.withdrawal_create", is_organizer)
rules.add_perm("seminar.arrival_create", is_organizer)
rules.add_perm("seminar.extension_create", is_organizer)
rules.add_perm("seminar.request_decide", is_organizer)
rules.add_perm("seminar.mailing_create", is_organizer)
rules.add_perm("seminar.mailing_edit", is_organizer)
rules.add_perm("seminar.mailing_frame", is_organizer)
rules.add_perm("seminar.sample_list", is_organizer)
rules.add_perm("seminar.sample_frame", is_organizer)
rules.add_perm("seminar.operations", is_operator)
