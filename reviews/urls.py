from django.urls import path

from reviews import views

app_name = "reviews"
urlpatterns = [
    path("reviews/", views.review_list, name="review_list"),
    path("reviews/plan/", views.review_plan, name="review_plan"),
    path("reviews/pair/", views.pair_edit, name="pair_edit"),
    path("reviews/exclusions/", views.exclusion_edit, name="exclusion_edit"),
    path("reviews/works.zip", views.archive_download, name="archive_download"),
    path("reviews/answers/", views.point_list, name="point_list"),
    path("reviews/points/<int:pk>/", views.point_edit, name="point_edit"),
    path("reviews/<int:pk>/rating/", views.rating_edit, name="rating_edit"),
    path("reviews/<int:pk>/changes/", views.work_diff, name="work_diff"),
    path("reviews/<int:pk>/", views.review_detail, name="review_detail"),
    path("reviews/<int:pk>/write/", views.review_edit, name="review_edit"),
    path("reviews/<int:pk>/form/", views.form_edit, name="form_edit"),
    path("reviews/<int:pk>/review.pdf", views.document_download, name="document_download"),
    path("reviews/<int:pk>/length/", views.length_detail, name="length_detail"),
    path("reviews/<int:pk>/form.md", views.form_download, name="form_download"),
    path("reviews/<int:pk>/work/", views.work_download, name="work_download"),
    path("reviews/<int:pk>/work/frame/", views.work_frame, name="work_frame"),
]
