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
    path("attendance/<slug:key>/expected/", views.expected_edit, name="expected_edit"),
    path("attendance/<slug:key>/discussion/", views.discussion_edit, name="discussion_edit"),
    path("attendance/<slug:key>/check-in/", views.check_in_edit, name="check_in_edit"),
    path("attendance/<slug:key>/excuse/", views.excuse_edit, name="excuse_edit"),
    path("check-in/", views.check_in, name="check_in"),
    path("excuses/<int:pk>/", views.excuse_decide, name="excuse_decide"),
    path("make-up/<int:pk>/", views.make_up_edit, name="make_up_edit"),
    path("messages/", views.message_list, name="message_list"),
    path("messages/<int:pk>/retry/", views.message_retry, name="message_retry"),
]
