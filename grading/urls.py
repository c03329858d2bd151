from django.urls import path

from grading import views

app_name = "grading"
urlpatterns = [
    path("grading/", views.grade_list, name="grade_list"),
    path("grading/release/", views.grade_release, name="grade_release"),
    path("grading/rule/", views.rule_detail, name="rule_detail"),
    path("grading/rule/edit/", views.rule_edit, name="rule_edit"),
    path("grading/history/", views.history_list, name="history_list"),
    path("grading/history.csv", views.history_download, name="history_download"),
    path("meetings/", views.meeting_list, name="meeting_list"),
    path("meetings/offers/", views.meeting_create, name="meeting_create"),
    path("meetings/<int:pk>/", views.meeting_edit, name="meeting_edit"),
    path("meetings/<int:pk>/booking/", views.meeting_update, name="meeting_update"),
    path("grading/office/", views.office_sheet, name="office_sheet"),
    path("grading/download/", views.grades_download, name="grades_download"),
    path("grading/report/", views.report_detail, name="report_detail"),
    path("grading/report/issue/", views.report_issue, name="report_issue"),
    path("grading/report/<str:code>.pdf", views.report_download, name="report_download"),
    path("grading/<int:pk>/", views.grade_detail, name="grade_detail"),
    path("grading/<int:pk>/edit/", views.grade_edit, name="grade_edit"),
    path("grading/<int:pk>/talk/", views.talk_edit, name="talk_edit"),
    path("grading/<int:pk>/appeal/", views.appeal_edit, name="appeal_edit"),
    path("grading/<int:pk>/record.pdf", views.record_download, name="record_download"),
    path("grading/<int:pk>/certificate.pdf", views.certificate_download, name="certificate_download"),
    path("grading/<int:pk>/documents/", views.document_issue, name="document_issue"),
]
