"""Every address; pages of a seminar nest under its slug."""

from django.urls import URLPattern, URLResolver, include, path

from grading.views import document_check, document_search
from seminar import views
from submissions.views import picture, receipt_check

handler400 = "seminar.views.errors.bad_request"
handler403 = "seminar.views.errors.permission_denied"
handler404 = "seminar.views.errors.page_not_found"
handler500 = "seminar.views.errors.server_error"

in_seminar: list[URLPattern | URLResolver] = [
    path("", views.seminar_detail, name="seminar_detail"),
    path("me/", views.me_detail, name="me_detail"),
    path("calendar.ics", views.seminar_calendar, name="seminar_calendar"),
    path("manage/", views.manage_detail, name="manage_detail"),
    path("manage/download/", views.manage_download, name="manage_download"),
    path("entry/leave/", views.entry_delete, name="entry_delete"),
    path("participants/<int:pk>/withdrawal/", views.withdrawal_create, name="withdrawal_create"),
    path("participants/<int:pk>/dossier/", views.dossier_download, name="dossier_download"),
    path("participants/<int:pk>/arrival/", views.arrival_create, name="arrival_create"),
    path("milestones/<slug:key>/extensions/", views.extension_create, name="extension_create"),
    path("extension-requests/<int:pk>/", views.request_decide, name="request_decide"),
    path("messages/new/", views.mailing_create, name="mailing_create"),
    path("messages/mailings/<int:pk>/", views.mailing_edit, name="mailing_edit"),
    path("messages/mailings/<int:pk>/letter/", views.mailing_frame, name="mailing_frame"),
    path("messages/preview/", views.sample_list, name="sample_list"),
    path("messages/preview/<str:name>/", views.sample_frame, name="sample_frame"),
    path("", include("courses.urls")),
    path("", include("topics.urls")),
    path("", include("milestones.urls")),
    path("", include("submissions.urls")),
    path("", include("reviews.urls")),
    path("", include("grading.urls")),
]
urlpatterns = [
    path("", views.home, name="home"),
    path("seminars/<slug:slug>/", include(in_seminar)),
    path("receipts/<uuid:receipt>/", receipt_check, name="receipt_check"),
    path("documents/", document_search, name="document_search"),
    path("documents/<str:code>/", document_check, name="document_check"),
    path("pictures/<path:address>", picture, name="picture"),
    path("calendar/", views.calendar_edit, name="calendar_edit"),
    path("calendar/<str:key>.ics", views.calendar_feed, name="calendar_feed"),
    path("letters/", include("notifications.urls")),
    path("accounts/", include("accounts.urls")),
    path("accounts/", include("allauth.urls")),
    path("language/", views.language_update, name="language_update"),
    path("operations/", views.operations_detail, name="operations_detail"),
    path("operations/retry/", views.operations_retry, name="operations_retry"),
    path("healthz", views.healthz, name="healthz"),
    path("readyz", views.readyz, name="readyz"),
]
