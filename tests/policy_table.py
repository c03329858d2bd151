"""Who may do what: one row for every address and method, asked cell by cell in `tests/test_policy.py`.

`login` is the way to the sign-in page; every other cell is a status. `thing` is what stands in the address: anna's own
upload, the second version of her notebook, which is public (`revised`), her reviews (`written`, `planned`, and `received` with its
first `point`), her row (`student`), her `proposal`, her `exchange` with carla, a letter to her, her `meeting`, her `excuse`,
her `absence`, her `document` and the seminar's `report` under their codes, her `calendar` at its secret address, the `token` of a
letter to her, and what the seminar has: an allocation is in force, and `run` is a draft of its revision. A `picture` has an
address that nobody was given. `sample` is one letter of the preview, `mailing` a draft to everybody, `news` an announcement.
The operator's page exists for operators alone, and none of these is one.
Of the people, outsider has no row in the seminar; apply and wait have applied; anna and boris are students; `left` is anna
once she has withdrawn, in the session she had before; gone has withdrawn and left nothing behind; other_student and
other_organizer belong to another seminar; olga organizes this one. A form is sent empty, before every deadline.
"""

from dataclasses import dataclass

TABLE = """
address                      thing     method anonymous outsider apply wait anna boris left gone other_student other_organizer olga

home                         -         GET    200       200      200   200  200  200   200  200  200           200             200
home                         -         POST   405       405      405   405  405  405   405  405  405           405             405
seminar_detail               -         GET    200       200      200   200  200  200   200  200  200           200             200
seminar_detail               -         POST   405       405      405   405  405  405   405  405  405           405             405
seminar_calendar             -         GET    200       200      200   200  200  200   200  200  200           200             200
seminar_calendar             -         POST   405       405      405   405  405  405   405  405  405           405             405
me_detail                    -         GET    login     403      200   200  200  200   200  200  403           403             302
me_detail                    -         POST   login     403      405   405  405  405   405  405  403           403             405
manage_detail                -         GET    login     403      403   403  403  403   403  403  403           403             200
manage_detail                -         POST   login     403      403   403  403  403   403  403  403           403             405
manage_download              -         GET    login     403      403   403  403  403   403  403  403           403             405
manage_download              -         POST   login     403      403   403  403  403   403  403  403           403             200
entry_delete                 -         GET    login     403      200   200  200  200   200  200  403           403             403
entry_delete                 -         POST   login     403      302   302  302  302   302  302  403           403             403
withdrawal_create            student   GET    login     403      403   403  403  403   403  403  403           403             200
withdrawal_create            student   POST   login     403      403   403  403  403   403  403  403           403             302
arrival_create               student   GET    login     403      403   403  403  403   403  403  403           403             302
arrival_create               student   POST   login     403      403   403  403  403   403  403  403           403             302
mailing_create               -         GET    login     403      403   403  403  403   403  403  403           403             200
mailing_create               -         POST   login     403      403   403  403  403   403  403  403           403             400
mailing_edit                 mailing   GET    login     403      403   403  403  403   403  403  403           403             200
mailing_edit                 mailing   POST   login     403      403   403  403  403   403  403  403           403             400
mailing_frame                mailing   GET    login     403      403   403  403  403   403  403  403           403             404
mailing_frame                mailing   POST   login     403      403   403  403  403   403  403  403           403             405
sample_list                  -         GET    login     403      403   403  403  403   403  403  403           403             200
sample_list                  -         POST   login     403      403   403  403  403   403  403  403           403             405
sample_frame                 sample    GET    login     403      403   403  403  403   403  403  403           403             200
sample_frame                 sample    POST   login     403      403   403  403  403   403  403  403           403             405
dossier_download             student   GET    login     403      404   404  200  404   200  404  403           403             200
dossier_download             student   POST   login     403      405   405  405  405   405  405  403           403             405

courses:entry_create         -         GET    login     200      200   200  200  200   200  200  200           200             403
courses:entry_create         -         POST   login     400      400   400  400  400   400  400  400           400             403
courses:offer_edit           -         GET    login     403      302   302  302  302   302  302  403           403             403
courses:offer_edit           -         POST   login     403      409   409  302  302   409  409  403           403             403
courses:registration_update  -         GET    login     403      405   405  405  405   405  405  403           403             403
courses:registration_update  -         POST   login     403      302   302  302  302   302  302  403           403             403
courses:visibility_update    -         GET    login     403      405   405  405  405   405  405  403           403             403
courses:visibility_update    -         POST   login     403      302   302  302  302   302  302  403           403             403
courses:participant_list     -         GET    login     403      403   403  403  403   403  403  403           403             200
courses:participant_list     -         POST   login     403      403   403  403  403   403  403  403           403             405
courses:participant_update   student   GET    login     403      403   403  403  403   403  403  403           403             405
courses:participant_update   student   POST   login     403      403   403  403  403   403  403  403           403             302
courses:registration_remind  -         GET    login     403      403   403  403  403   403  403  403           403             405
courses:registration_remind  -         POST   login     403      403   403  403  403   403  403  403           403             302
courses:roster_import        -         GET    login     403      403   403  403  403   403  403  403           403             200
courses:roster_import        -         POST   login     403      403   403  403  403   403  403  403           403             400
courses:places_edit          -         GET    login     403      403   403  403  403   403  403  403           403             200
courses:places_edit          -         POST   login     403      403   403  403  403   403  403  403           403             400
courses:session_edit         session   GET    login     403      403   403  403  403   403  403  403           403             200
courses:session_edit         session   POST   login     403      403   403  403  403   403  403  403           403             400
courses:attendance_list      -         GET    login     403      403   403  403  403   403  403  403           403             200
courses:attendance_list      -         POST   login     403      403   403  403  403   403  403  403           403             405
courses:attendance_edit      session   GET    login     403      403   403  403  403   403  403  403           403             200
courses:attendance_edit      session   POST   login     403      403   403  403  403   403  403  403           403             302
courses:announcement_list    -         GET    login     403      403   403  403  403   403  403  403           403             200
courses:announcement_list    -         POST   login     403      403   403  403  403   403  403  403           403             400
courses:announcement_edit    news      GET    login     403      403   403  403  403   403  403  403           403             200
courses:announcement_edit    news      POST   login     403      403   403  403  403   403  403  403           403             400
courses:expected_edit        session   GET    login     403      403   403  403  403   403  403  403           403             200
courses:expected_edit        session   POST   login     403      403   403  403  403   403  403  403           403             302
courses:discussion_edit      session   GET    login     403      403   403  403  403   403  403  403           403             200
courses:discussion_edit      session   POST   login     403      403   403  403  403   403  403  403           403             302
courses:check_in_edit        session   GET    login     403      403   403  403  403   403  403  403           403             200
courses:check_in_edit        session   POST   login     403      403   403  403  403   403  403  403           403             400
courses:check_in             -         GET    login     403      403   403  200  200   403  403  403           403             403
courses:check_in             -         POST   login     403      403   403  400  400   403  403  403           403             403
courses:excuse_edit          session   GET    login     403      403   403  200  200   403  403  403           403             403
courses:excuse_edit          session   POST   login     403      403   403  302  302   403  403  403           403             403
courses:excuse_decide        excuse    GET    login     403      403   403  403  403   403  403  403           403             200
courses:excuse_decide        excuse    POST   login     403      403   403  403  403   403  403  403           403             302
courses:make_up_edit         absence   GET    login     403      403   403  403  403   403  403  403           403             200
courses:make_up_edit         absence   POST   login     403      403   403  403  403   403  403  403           403             400
courses:message_list         -         GET    login     403      403   403  403  403   403  403  403           403             200
courses:message_list         -         POST   login     403      403   403  403  403   403  403  403           403             405
courses:message_retry        letter    GET    login     403      403   403  403  403   403  403  403           403             405
courses:message_retry        letter    POST   login     403      403   403  403  403   403  403  403           403             302

topics:topic_list            -         GET    200       200      200   200  200  200   200  200  200           200             200
topics:topic_list            -         POST   405       405      405   405  405  405   405  405  405           405             405
topics:topic_create          -         GET    login     403      403   403  403  403   403  403  403           403             200
topics:topic_create          -         POST   login     403      403   403  403  403   403  403  403           403             400
topics:topic_edit            topic     GET    login     403      403   403  403  403   403  403  403           403             200
topics:topic_edit            topic     POST   login     403      403   403  403  403   403  403  403           403             400
topics:topic_import          -         GET    login     403      403   403  403  403   403  403  403           403             200
topics:topic_import          -         POST   login     403      403   403  403  403   403  403  403           403             400
topics:proposal_list         -         GET    login     403      403   403  200  200   403  403  403           403             200
topics:proposal_list         -         POST   login     403      403   403  400  400   403  403  403           403             403
topics:proposal_update       proposal  GET    login     403      403   403  405  405   403  403  403           403             405
topics:proposal_update       proposal  POST   login     403      403   403  400  404   403  403  403           403             400
topics:preference_edit       -         GET    login     403      403   403  200  200   403  403  403           403             403
topics:preference_edit       -         POST   login     403      403   403  400  400   403  403  403           403             403
topics:allocation_detail     -         GET    login     403      403   403  200  200   403  403  403           403             200
topics:allocation_detail     -         POST   login     403      403   403  405  405   403  403  403           403             405
topics:allocation_create     -         GET    login     403      403   403  403  403   403  403  403           403             405
topics:allocation_create     -         POST   login     403      403   403  403  403   403  403  403           403             302
topics:run_detail            run       GET    login     403      403   403  403  403   403  403  403           403             200
topics:run_detail            run       POST   login     403      403   403  403  403   403  403  403           403             405
topics:allocation_publish    run       GET    login     403      403   403  403  403   403  403  403           403             405
topics:allocation_publish    run       POST   login     403      403   403  403  403   403  403  403           403             400
topics:pair_create           -         GET    login     403      403   403  403  403   403  403  403           403             405
topics:pair_create           -         POST   login     403      403   403  403  403   403  403  403           403             400
topics:pair_delete           pair      GET    login     403      403   403  403  403   403  403  403           403             405
topics:pair_delete           pair      POST   login     403      403   403  403  403   403  403  403           403             302
topics:assignment_edit       student   GET    login     403      403   403  403  403   403  403  403           403             200
topics:assignment_edit       student   POST   login     403      403   403  403  403   403  403  403           403             302
topics:document_download     -         GET    login     403      403   403  200  200   403  403  403           403             200
topics:document_download     -         POST   login     403      403   403  405  405   403  403  403           403             405
topics:proof_download        -         GET    login     403      403   403  200  200   403  403  403           403             200
topics:proof_download        -         POST   login     403      403   403  405  405   403  403  403           403             405
topics:exchange_list         -         GET    login     403      403   403  200  200   403  403  403           403             403
topics:exchange_list         -         POST   login     403      403   403  400  400   403  403  403           403             403
topics:exchange_update       exchange  GET    login     403      403   403  405  405   403  403  403           403             405
topics:exchange_update       exchange  POST   login     403      403   403  400  404   403  403  403           403             400

milestones:milestone_list    -         GET    login     403      403   403  200  200   403  403  403           403             200
milestones:milestone_list    -         POST   login     403      403   403  405  405   403  403  403           403             405
milestones:milestone_edit    milestone GET    login     403      403   403  403  403   403  403  403           403             200
milestones:milestone_edit    milestone POST   login     403      403   403  403  403   403  403  403           403             400
milestones:reminder_update   milestone GET    login     403      403   403  403  403   403  403  403           403             405
milestones:reminder_update   milestone POST   login     403      403   403  403  403   403  403  403           403             409
milestones:request_edit      milestone GET    login     403      403   403  200  200   403  403  403           403             403
milestones:request_edit      milestone POST   login     403      403   403  400  400   403  403  403           403             403
extension_create             milestone GET    login     403      403   403  403  403   403  403  403           403             200
extension_create             milestone POST   login     403      403   403  403  403   403  403  403           403             400
request_decide               request   GET    login     403      403   403  403  403   403  403  403           403             200
request_decide               request   POST   login     403      403   403  403  403   403  403  403           403             400

submissions:submission_list  -         GET    login     403      403   403  200  200   403  403  403           403             200
submissions:submission_list  -         POST   login     403      403   403  405  405   403  403  403           403             405
submissions:submission_edit  slot      GET    login     403      403   403  200  200   403  403  403           403             403
submissions:submission_edit  slot      POST   login     403      403   403  400  400   403  403  403           403             403
submissions:submission_create slot     GET    login     403      403   403  403  403   403  403  403           403             200
submissions:submission_create slot     POST   login     403      403   403  403  403   403  403  403           403             400
receipt_check                version   GET    404       404      404   404  404  404   404  404  404           404             404
receipt_check                version   POST   404       404      404   404  404  404   404  404  404           404             404
submissions:receipt_detail   version   GET    login     403      404   404  200  404   200  404  403           403             200
submissions:receipt_detail   version   POST   login     403      405   405  405  405   405  405  403           403             405
submissions:version_download version   GET    login     403      404   404  200  404   200  404  403           403             200
submissions:version_download version   POST   login     403      405   405  405  405   405  405  403           403             405
submissions:version_detail       version   GET    login     403      404   404  200  404   200  404  403           403             200
submissions:version_detail       version   POST   login     403      405   405  405  405   405  405  403           403             405
submissions:version_frame        version   GET    login     403      404   404  200  404   200  404  403           403             200
submissions:version_frame        version   POST   login     403      405   405  405  405   405  405  403           403             405
submissions:version_diff         revised   GET    login     403      404   404  200  404   200  404  403           403             200
submissions:version_diff         revised   POST   login     403      405   405  405  405   405  405  403           403             405
submissions:version_choose       version   GET    login     403      403   403  405  405   403  403  403           403             405
submissions:version_choose       version   POST   login     403      403   403  302  404   403  403  403           403             302
submissions:publication_create   revised   GET    login     403      403   403  403  403   403  403  403           403             405
submissions:publication_create   revised   POST   login     403      403   403  403  403   403  403  403           403             302
submissions:publication_delete   revised   GET    login     403      405   405  405  405   405  405  403           403             405
submissions:publication_delete   revised   POST   login     403      404   404  302  404   302  404  403           403             302
picture                          picture   GET    404       404      404   404  404  404   404  404  404           404             404
picture                          picture   POST   405       405      405   405  405  405   405  405  405           405             405
submissions:work_list            -         GET    200       200      200   200  200  200   200  200  200           200             200
submissions:work_list            -         POST   405       405      405   405  405  405   405  405  405           405             405
submissions:work_detail          revised   GET    200       200      200   200  200  200   200  200  200           200             200
submissions:work_detail          revised   POST   405       405      405   405  405  405   405  405  405           405             405
submissions:work_frame           revised   GET    200       200      200   200  200  200   200  200  200           200             200
submissions:work_frame           revised   POST   405       405      405   405  405  405   405  405  405           405             405
submissions:work_download        revised   GET    200       200      200   200  200  200   200  200  200           200             200
submissions:work_download        revised   POST   405       405      405   405  405  405   405  405  405           405             405
submissions:similarity_list      -         GET    login     403      403   403  403  403   403  403  403           403             200
submissions:similarity_list      -         POST   login     403      403   403  403  403   403  403  403           403             405
submissions:similarity_detail    revised   GET    login     403      403   403  403  403   403  403  403           403             404
submissions:similarity_detail    revised   POST   login     403      403   403  403  403   403  403  403           403             404
submissions:template_create      -         GET    login     403      403   403  403  403   403  403  403           403             405
submissions:template_create      -         POST   login     403      403   403  403  403   403  403  403           403             400
submissions:case_edit            case      GET    login     403      403   403  403  403   403  403  403           403             200
submissions:case_edit            case      POST   login     403      403   403  403  403   403  403  403           403             400

reviews:review_list          -         GET    login     403      403   403  200  200   403  403  403           403             200
reviews:review_list          -         POST   login     403      403   403  405  405   403  403  403           403             405
reviews:review_plan          -         GET    login     403      403   403  403  403   403  403  403           403             200
reviews:review_plan          -         POST   login     403      403   403  403  403   403  403  403           403             409
reviews:pair_edit                -         GET    login     403      403   403  403  403   403  403  403           403             404
reviews:pair_edit                -         POST   login     403      403   403  403  403   403  403  403           403             404
reviews:exclusion_edit       -         GET    login     403      403   403  200  200   403  403  403           403             403
reviews:exclusion_edit       -         POST   login     403      403   403  400  400   403  403  403           403             403
reviews:archive_download     -         GET    login     403      403   403  200  200   403  403  403           403             403
reviews:archive_download     -         POST   login     403      403   403  405  405   403  403  403           403             403
reviews:review_detail        written   GET    login     403      404   404  200  404   404  404  403           403             200
reviews:review_detail        written   POST   login     403      405   405  405  405   405  405  403           403             405
reviews:document_download    written   GET    login     403      404   404  200  404   404  404  403           403             200
reviews:document_download    written   POST   login     403      405   405  405  405   405  405  403           403             405
reviews:review_edit          planned   GET    login     403      403   403  200  404   403  403  403           403             403
reviews:review_edit          planned   POST   login     403      403   403  400  404   403  403  403           403             403
reviews:form_edit            planned   GET    login     403      403   403  200  404   403  403  403           403             403
reviews:form_edit            planned   POST   login     403      403   403  400  404   403  403  403           403             403
reviews:form_download        planned   GET    login     403      403   403  200  404   403  403  403           403             403
reviews:form_download        planned   POST   login     403      403   403  405  405   403  403  403           403             403
reviews:length_detail        planned   GET    login     403      403   403  200  404   403  403  403           403             403
reviews:length_detail        planned   POST   login     403      403   403  405  405   403  403  403           403             403
reviews:point_list           -         GET    login     403      403   403  200  200   403  403  403           403             403
reviews:point_list           -         POST   login     403      403   403  405  405   403  403  403           403             403
reviews:point_edit           point     GET    login     403      403   403  200  404   403  403  403           403             403
reviews:point_edit           point     POST   login     403      403   403  400  404   403  403  403           403             403
reviews:rating_edit          received  GET    login     403      403   403  200  404   403  403  403           403             403
reviews:rating_edit          received  POST   login     403      403   403  302  404   403  403  403           403             403
reviews:work_diff            received  GET    login     403      403   403  200  200   403  403  403           403             200
reviews:work_diff            received  POST   login     403      403   403  405  405   403  403  403           403             405
reviews:work_download        written   GET    login     403      403   403  200  404   403  403  403           403             200
reviews:work_download        written   POST   login     403      403   403  405  405   403  403  403           403             405
reviews:work_frame           written   GET    login     403      403   403  200  404   403  403  403           403             200
reviews:work_frame           written   POST   login     403      403   403  405  405   403  403  403           403             405

grading:grade_list           -         GET    login     403      403   403  302  302   403  403  403           403             200
grading:grade_list           -         POST   login     403      403   403  405  405   403  403  403           403             405
grading:grade_release        -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:grade_release        -         POST   login     403      403   403  403  403   403  403  403           403             302
grading:rule_detail          -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:rule_detail          -         POST   login     403      403   403  403  403   403  403  403           403             405
grading:rule_edit            -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:rule_edit            -         POST   login     403      403   403  403  403   403  403  403           403             400
grading:history_list         -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:history_list         -         POST   login     403      403   403  403  403   403  403  403           403             405
grading:history_download     -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:history_download     -         POST   login     403      403   403  403  403   403  403  403           403             405
grading:grade_detail         student   GET    login     403      404   404  200  404   200  404  403           403             200
grading:grade_detail         student   POST   login     403      405   405  405  405   405  405  403           403             405
grading:meeting_list         -         GET    login     403      403   403  200  200   403  403  403           403             200
grading:meeting_list         -         POST   login     403      403   403  405  405   403  403  403           403             405
grading:meeting_create       -         GET    login     403      403   403  403  403   403  403  403           403             405
grading:meeting_create       -         POST   login     403      403   403  403  403   403  403  403           403             400
grading:meeting_edit         meeting   GET    login     403      403   403  403  403   403  403  403           403             200
grading:meeting_edit         meeting   POST   login     403      403   403  403  403   403  403  403           403             302
grading:meeting_update       meeting   GET    login     403      403   403  405  405   403  403  403           403             403
grading:meeting_update       meeting   POST   login     403      403   403  302  404   403  403  403           403             403
grading:office_sheet         -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:office_sheet         -         POST   login     403      403   403  403  403   403  403  403           403             400
grading:grade_edit           student   GET    login     403      403   403  403  403   403  403  403           403             200
grading:grade_edit           student   POST   login     403      403   403  403  403   403  403  403           403             400
grading:talk_edit            student   GET    login     403      403   403  403  403   403  403  403           403             200
grading:talk_edit            student   POST   login     403      403   403  403  403   403  403  403           403             400
grading:appeal_edit          student   GET    login     403      404   404  200  404   200  404  403           403             200
grading:appeal_edit          student   POST   login     403      404   404  400  404   400  404  403           403             409
grading:record_download      student   GET    login     403      404   404  200  404   200  404  403           403             200
grading:record_download      student   POST   login     403      405   405  405  405   405  405  403           403             405
grading:certificate_download student   GET    login     403      404   404  200  404   200  404  403           403             200
grading:certificate_download student   POST   login     403      405   405  405  405   405  405  403           403             405
grading:document_issue       student   GET    login     403      403   403  403  403   403  403  403           403             405
grading:document_issue       student   POST   login     403      403   403  403  403   403  403  403           403             302
grading:grades_download      -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:grades_download      -         POST   login     403      403   403  403  403   403  403  403           403             405
grading:report_detail        -         GET    login     403      403   403  403  403   403  403  403           403             200
grading:report_detail        -         POST   login     403      403   403  403  403   403  403  403           403             405
grading:report_issue         -         GET    login     403      403   403  403  403   403  403  403           403             405
grading:report_issue         -         POST   login     403      403   403  403  403   403  403  403           403             302
grading:report_download      report    GET    login     403      403   403  403  403   403  403  403           403             200
grading:report_download      report    POST   login     403      403   403  403  403   403  403  403           403             405

calendar_edit                -         GET    login     200      200   200  200  200   200  200  200           200             200
calendar_edit                -         POST   login     302      302   302  302  302   302  302  302           302             302
calendar_feed                calendar  GET    200       200      200   200  200  200   200  200  200           200             200
calendar_feed                calendar  POST   405       405      405   405  405  405   405  405  405           405             405
notifications:choice_edit    -         GET    login     200      200   200  200  200   200  200  200           200             200
notifications:choice_edit    -         POST   login     400      400   400  400  400   400  400  400           400             400
notifications:choice_update  token     GET    200       200      200   200  200  200   200  200  200           200             200
notifications:choice_update  token     POST   200       200      200   200  200  200   200  200  200           200             200
document_search              -         GET    200       200      200   200  200  200   200  200  200           200             200
document_search              -         POST   405       405      405   405  405  405   405  405  405           405             405
document_check               document  GET    200       200      200   200  200  200   200  200  200           200             200
document_check               document  POST   200       200      200   200  200  200   200  200  200           200             200
accounts:profile_edit        -         GET    login     200      200   200  200  200   200  200  200           200             200
accounts:profile_edit        -         POST   login     400      400   400  400  400   400  400  400           400             400

language_update              -         GET    405       405      405   405  405  405   405  405  405           405             405
language_update              -         POST   302       302      302   302  302  302   302  302  302           302             302
operations_detail            -         GET    404       404      404   404  404  404   404  404  404           404             404
operations_detail            -         POST   404       404      404   404  404  404   404  404  404           404             404
operations_retry             -         GET    404       404      404   404  404  404   404  404  404           404             404
operations_retry             -         POST   404       404      404   404  404  404   404  404  404           404             404
healthz                      -         GET    200       200      200   200  200  200   200  200  200           200             200
healthz                      -         POST   405       405      405   405  405  405   405  405  405           405             405
readyz                       -         GET    200       200      200   200  200  200   200  200  200           200             200
readyz                       -         POST   405       405      405   405  405  405   405  405  405           405             405
"""


@dataclass(frozen=True)
class Row:
    name: str
    thing: str
    method: str
    cells: dict[str, str]

    @property
    def key(self) -> str:
        return f"{self.method} {self.name}"


def read_table(text: str) -> list[Row]:
    head, *lines = (line.split() for line in text.splitlines() if line)
    rows = []
    for name, thing, method, *cells in lines:
        rows.append(Row(name, thing.strip("-"), method, dict(zip(head[3:], cells, strict=True))))
    return rows


ROWS = read_table(TABLE)
PEOPLE = list(ROWS[0].cells)
