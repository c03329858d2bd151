from django.urls import path

from submissions import views

app_name = "submissions"
urlpatterns = [
    path("submissions/", views.submission_list, name="submission_list"),
    path("submissions/<int:pk>/", views.submission_edit, name="submission_edit"),
    path("submissions/<int:pk>/for-a-student/", views.submission_create, name="submission_create"),
    path("submissions/receipts/<uuid:receipt>/", views.receipt_detail, name="receipt_detail"),
    path("submissions/files/<uuid:receipt>/", views.version_download, name="version_download"),
    path("submissions/versions/<uuid:receipt>/", views.version_detail, name="version_detail"),
    path("submissions/versions/<uuid:receipt>/frame/", views.version_frame, name="version_frame"),
    path("submissions/versions/<uuid:receipt>/changes/", views.version_diff, name="version_diff"),
    path("submissions/versions/<uuid:receipt>/choice/", views.version_choose, name="version_choose"),
    path("submissions/versions/<uuid:receipt>/publication/", views.publication_create, name="publication_create"),
    path("submissions/versions/<uuid:receipt>/publication/end/", views.publication_delete, name="publication_delete"),
    path("similarity/", views.similarity_list, name="similarity_list"),
    path("similarity/works/<uuid:receipt>/", views.similarity_detail, name="similarity_detail"),
    path("similarity/templates/", views.template_create, name="template_create"),
    path("similarity/cases/<int:pk>/", views.case_edit, name="case_edit"),
    path("works/", views.work_list, name="work_list"),
    path("works/<uuid:receipt>/", views.work_detail, name="work_detail"),
    path("works/<uuid:receipt>/frame/", views.work_frame, name="work_frame"),
    path("works/<uuid:receipt>/file/", views.work_download, name="work_download"),
]
