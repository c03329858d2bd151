"""The project's addresses and the floor that pages are measured against."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path

from accounts.models import User
from seminar.urls import handler400, handler403, handler404, handler500
from seminar.urls import urlpatterns as project

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]


@login_not_required
def floor(request: HttpRequest) -> HttpResponse:
    return render(request, "floor.html", {"people": User.objects.all()[:40]})


urlpatterns = [*project, path("floor/", floor)]
