"""The guard of every view outside a seminar."""

import pytest
import rules
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts import views
from accounts.models import User
from accounts.permissions import permission, signed_in


def test_profile_edit_is_for_people_who_are_signed_in() -> None:
    people = (User(email="ada@example.org"), AnonymousUser())
    assert [rules.has_perm("accounts.profile_edit", user) for user in people] == [True, False]
    assert views.profile_edit.permission == "accounts.profile_edit"


def test_permission_that_no_table_names_lets_nobody_pass(rf: RequestFactory) -> None:
    @permission("accounts.nowhere")
    def view(_request: HttpRequest) -> HttpResponse:
        return HttpResponse("secret")

    request = rf.get("/")
    request.user = User(email="root@example.org", is_active=True, is_superuser=True)
    with pytest.raises(PermissionDenied):
        view(request)


def test_signed_in_refuses_somebody_without_an_account(rf: RequestFactory) -> None:
    request = rf.get("/")
    request.user = AnonymousUser()
    with pytest.raises(PermissionDenied):
        signed_in(request)
