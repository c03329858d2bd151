from django.urls import path

from submissions import views

app_name = "submissions"
urlpatterns = [
    path("submissions/", views.submission_list, name="submission_list"),
    path("submissions/<int:pk>/", views.submission_edit, name="submission_edit"),
    path("submissions/receipts/<uuid:receipt>/", views.receipt_detail, name="receipt_detail"),
    path("submissions/files/<uuid:receipt>/", views.version_download, name="version_download"),
]
