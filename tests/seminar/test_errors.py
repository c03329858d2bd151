"""Every refusal is a sentence with a code; a failure shows an id and nothing else."""

import re
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.test import Client
from django.urls import path

from seminar.urls import handler400, handler403, handler404, handler500
from seminar.urls import urlpatterns as project_patterns
from tests.factories.world import World

__all__ = ["handler400", "handler403", "handler404", "handler500"]  # read by Django: this module is a URLconf too

JSON = {"accept": "application/json"}
SECRET = "the password of /srv/seminar is swordfish"
RAISED = {
    "bad": BadRequest(SECRET),
    "suspicious": SuspiciousOperation(SECRET),
    "denied": PermissionDenied(SECRET),
    "missing": Http404(SECRET),
    "broken": RuntimeError(SECRET),
}
SENTENCES = {
    "bad_request": "The request could not be read; nothing was changed.",
    "forbidden": "Your role in this seminar does not allow this. Nothing was changed.",
    "not_found": "There is nothing here, or nothing that you may see. "
    "Please check the address, or go back to your seminars.",
    "form_expired": "This form is too old, or your browser sent no cookie. "
    "Nothing was changed: please go back, reload, and send it again.",
}


@login_not_required
def trouble(request: HttpRequest, kind: str) -> HttpResponse:
    if kind == "form":
        return HttpResponse(str(len(request.POST)))
    raise RAISED[kind]


urlpatterns = [path("trouble/<slug:kind>/", trouble), *project_patterns]
pytestmark = pytest.mark.urls(__name__)


def check_refusal(client: Client, method: str, address: str, status: int, code: str, **options: Any) -> None:
    """The same refusal as a page and, for a program, as JSON."""
    page = getattr(client, method)(address, **options)
    data = getattr(client, method)(address, headers=JSON, **options)
    shown = re.findall(r'<p class="notice warn" role="alert">(.*)</p>', page.text)
    assert (page.status_code, page["Content-Type"], shown) == (status, "text/html; charset=utf-8", [SENTENCES[code]])
    assert (data.status_code, data.json()) == (status, {"code": code, "message": SENTENCES[code]})
    assert SECRET not in page.text + data.text


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("bad", 400, "bad_request"),
        ("suspicious", 400, "bad_request"),
        ("denied", 403, "forbidden"),
        ("missing", 404, "not_found"),
    ],
)
def test_refusal_raised_by_django_is_a_sentence_with_a_code(kind: str, status: int, code: str) -> None:
    check_refusal(Client(), "get", f"/trouble/{kind}/", status, code)


def test_page_not_found_of_an_address_nobody_has(world: World) -> None:
    check_refusal(Client(), "get", "/nowhere/", 404, "not_found")
    check_refusal(Client(), "get", "/seminars/nowhere/", 404, "not_found")


def test_permission_denied_of_a_page_of_another_role(world: World, signed_in: Any) -> None:
    check_refusal(signed_in(world.people["anna"]), "get", world.url("manage/"), 403, "forbidden")


def test_bad_request_of_a_form_with_too_many_fields(settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 2
    check_refusal(Client(), "post", "/trouble/form/", 400, "bad_request", data={"a": 1, "b": 2, "c": 3})


def test_bad_request_of_a_host_we_are_not() -> None:
    check_refusal(Client(), "get", "/trouble/form/", 400, "bad_request", HTTP_HOST="elsewhere.example.org")


def test_csrf_failure_of_a_form_without_its_token() -> None:
    check_refusal(Client(enforce_csrf_checks=True), "post", "/trouble/form/", 403, "form_expired")


def test_csrf_failure_changes_nothing(world: World) -> None:
    anna = world.people["anna"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna, backend="allauth.account.auth_backends.AuthenticationBackend")
    check_refusal(client, "post", "/accounts/profile/", 403, "form_expired", data={"family_name": "Other"})
    anna.refresh_from_db()
    assert anna.family_name == "Großmann"


def failing_client(**options: Any) -> Client:
    return Client(raise_request_exception=False, **options)


def identifiers(caplog: pytest.LogCaptureFixture) -> list[str]:
    found = re.findall(r"Failure ([0-9a-f]{12}) at (\S+)", caplog.text)
    assert {address for _identifier, address in found} == {"/trouble/broken/"}
    return [identifier for identifier, _address in found]


def test_server_error_shows_an_id_and_nothing_else(caplog: pytest.LogCaptureFixture) -> None:
    response = failing_client().get("/trouble/broken/")
    (identifier,) = identifiers(caplog)
    assert response.status_code == 500
    assert response.text == render_to_string("500.html", {"identifier": identifier})
    assert identifier in response.text


def test_server_error_is_json_for_a_program(caplog: pytest.LogCaptureFixture) -> None:
    response = failing_client().get("/trouble/broken/", headers=JSON)
    (identifier,) = identifiers(caplog)
    assert (response.status_code, response.json()) == (500, {"code": "failure", "message": identifier})


def test_server_error_has_its_own_id_each_time(caplog: pytest.LogCaptureFixture) -> None:
    for _time in range(2):
        failing_client().get("/trouble/broken/")
    assert len(set(identifiers(caplog))) == 2


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_method_that_an_address_does_not_take_is_a_sentence(db: None, client: Client, accept: str) -> None:
    answer = client.delete("/", headers={"accept": accept})
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert "does not take this kind of request" in answer.content.decode()
