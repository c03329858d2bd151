from django.urls import path

from topics import views

app_name = "topics"
urlpatterns = [
    path("topics/", views.topic_list, name="topic_list"),
    path("preferences/", views.preference_edit, name="preference_edit"),
    path("allocation/", views.allocation_detail, name="allocation_detail"),
    path("allocation/runs/", views.allocation_create, name="allocation_create"),
    path("allocation/runs/<int:pk>/publish/", views.allocation_publish, name="allocation_publish"),
    path("allocation/students/<int:pk>/", views.assignment_update, name="assignment_update"),
]
