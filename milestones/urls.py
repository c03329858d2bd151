from django.urls import path

from milestones import views

app_name = "milestones"
urlpatterns = [
    path("milestones/", views.milestone_list, name="milestone_list"),
    path("milestones/<slug:key>/", views.milestone_edit, name="milestone_edit"),
    path("milestones/<slug:key>/reminders/", views.reminder_update, name="reminder_update"),
    path("milestones/<slug:key>/request/", views.request_edit, name="request_edit"),
]
