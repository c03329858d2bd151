from django.urls import path

from topics import views

app_name = "topics"
urlpatterns = [
    path("topics/", views.topic_list, name="topic_list"),
    path("topics/new/", views.topic_create, name="topic_create"),
    path("topics/import/", views.topic_import, name="topic_import"),
    path("topics/<int:number>/edit/", views.topic_edit, name="topic_edit"),
    path("topics/proposals/", views.proposal_list, name="proposal_list"),
    path("topics/proposals/<int:pk>/", views.proposal_update, name="proposal_update"),
    path("preferences/", views.preference_edit, name="preference_edit"),
    path("allocation/", views.allocation_detail, name="allocation_detail"),
    path("allocation/runs/", views.allocation_create, name="allocation_create"),
    path("allocation/runs/<int:pk>/", views.run_detail, name="run_detail"),
    path("allocation/runs/<int:pk>/publish/", views.allocation_publish, name="allocation_publish"),
    path("allocation/pairs/", views.pair_create, name="pair_create"),
    path("allocation/pairs/<int:pk>/delete/", views.pair_delete, name="pair_delete"),
    path("allocation/students/<int:pk>/", views.assignment_edit, name="assignment_edit"),
    path("allocation/allocation.json", views.document_download, name="document_download"),
    path("allocation/allocation.pyz", views.proof_download, name="proof_download"),
    path("exchange/", views.exchange_list, name="exchange_list"),
    path("exchange/<int:pk>/", views.exchange_update, name="exchange_update"),
]
