from django.urls import path

from reviews import views

app_name = "reviews"
urlpatterns = [
    path("reviews/", views.review_list, name="review_list"),
    path("reviews/plan/", views.review_plan, name="review_plan"),
    path("reviews/works.zip", views.archive_download, name="archive_download"),
    path("reviews/<int:pk>/", views.review_detail, name="review_detail"),
    path("reviews/<int:pk>/write/", views.review_edit, name="review_edit"),
    path("reviews/<int:pk>/work/", views.work_download, name="work_download"),
]
