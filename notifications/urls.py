from django.urls import path

from notifications import views

app_name = "notifications"
urlpatterns = [
    path("", views.choice_edit, name="choice_edit"),
    path("<str:token>/", views.choice_update, name="choice_update"),
]
