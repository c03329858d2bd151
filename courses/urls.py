from django.urls import path

from courses import views

app_name = "courses"
urlpatterns = [
    path("entry/", views.entry_create, name="entry_create"),
    path("entry/offer/", views.offer_edit, name="offer_edit"),
    path("entry/registration/", views.registration_update, name="registration_update"),
    path("entry/visibility/", views.visibility_update, name="visibility_update"),
    path("participants/", views.participant_list, name="participant_list"),
    path("participants/import/", views.roster_import, name="roster_import"),
    path("participants/remind/", views.registration_remind, name="registration_remind"),
    path("participants/<int:pk>/", views.participant_update, name="participant_update"),
    path("places/", views.places_edit, name="places_edit"),
    path("sessions/<slug:key>/", views.session_edit, name="session_edit"),
    path("attendance/", views.attendance_list, name="attendance_list"),
    path("attendance/<slug:key>/", views.attendance_edit, name="attendance_edit"),
    path("announcements/", views.announcement_list, name="announcement_list"),
    path("announcements/<int:pk>/", views.announcement_edit, name="announcement_edit"),
    path("messages/", views.message_list, name="message_list"),
    path("messages/<int:pk>/retry/", views.message_retry, name="message_retry"),
]
