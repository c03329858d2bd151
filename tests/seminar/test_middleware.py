"""What every request passes: its instant, its language, its size, and the way a refusal is said."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from accounts.domain.refusals import Conflict, Refusal
from seminar import middleware
from seminar.urls import urlpatterns as project_patterns
from tests.factories.world import World
from topics.models import PreferenceList

NOW = datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
SECONDS = NOW.timestamp()
PROXY, STRANGER = "10.1.2.3", "192.0.2.7"
JSON = {"accept": "application/json"}
SignIn = Callable[..., Client]


@login_not_required
def closed(_request: HttpRequest) -> HttpResponse:
    raise Refusal("closed", "Nothing was <changed>: come back tomorrow.", status=403)


@login_not_required
def changed(_request: HttpRequest) -> HttpResponse:
    raise Conflict("changed", "Yours was 1.3, theirs is 2.0.")


urlpatterns = [path("closed/", closed), path("changed/", changed), *project_patterns]

# --- the instant ----------------------------------------------------------------------------------------------


def began_at(header: str | None, address: str = PROXY) -> datetime:
    headers = {"x-request-start": header} if header is not None else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR=address)
    with time_machine.travel(NOW, tick=False):
        middleware.arrival(lambda _request: HttpResponse())(request)
    return request.began_at  # type: ignore[attr-defined]


def test_arrival_without_a_proxy_is_the_server_time() -> None:
    assert began_at(None) == NOW


@pytest.mark.parametrize("prefix", ["t=", ""])
def test_arrival_at_a_trusted_proxy_is_the_time_it_states(settings: Any, prefix: str) -> None:
    settings.TRUSTED_PROXIES = ["2001:db8::/32", "10.0.0.0/8"]
    assert began_at(f"{prefix}{SECONDS - 7.25}") == NOW - timedelta(seconds=7.25)


@pytest.mark.parametrize("address", [STRANGER, "", "unix:", "2001:db8::1"])
def test_arrival_stated_by_anybody_else_is_not_believed(settings: Any, address: str) -> None:
    settings.TRUSTED_PROXIES = ["10.0.0.0/8"]
    assert began_at(f"t={SECONDS - 7.25}", address) == NOW


def test_arrival_stated_where_no_proxy_is_trusted_is_not_believed(settings: Any) -> None:
    settings.TRUSTED_PROXIES = []
    assert began_at(f"t={SECONDS - 7.25}") == NOW


def test_arrival_is_never_in_the_future(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [PROXY]
    assert began_at(f"t={SECONDS + 60}") == NOW


@pytest.mark.parametrize("header", ["", "t=", "yesterday", "t=nan", "t=inf", "t=-inf", "t=1e30", "t=1700000000250"])
def test_arrival_that_cannot_be_read_is_the_server_time(settings: Any, header: str) -> None:
    settings.TRUSTED_PROXIES = [PROXY]
    assert began_at(header) == NOW


@pytest.mark.parametrize(("address", "status", "received"), [(PROXY, 302, 1), (STRANGER, 403, 0)])
def test_arrival_decides_the_deadline(
    world: World, signed_in: SignIn, settings: Any, address: str, status: int, received: int
) -> None:
    settings.TRUSTED_PROXIES = [PROXY]
    last = datetime(2023, 10, 30, 22, 59, 59, 999000, tzinfo=UTC)  # 23:59:59.999 in Berlin
    with time_machine.travel(last + timedelta(seconds=40)):
        response = signed_in(world.people["anna"]).post(
            world.url("preferences/"),
            {"topic": ["1", "2"]},
            headers={"x-request-start": f"t={last.timestamp()}"},
            REMOTE_ADDR=address,
        )
    assert (response.status_code, PreferenceList.objects.count()) == (status, received)


# --- the language ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "cookie", "browser", "spoken"),
    [
        (None, None, None, "en"),
        (None, None, "de-DE,de;q=0.9,en;q=0.5", "de"),
        (None, None, "fr,it;q=0.5", "en"),
        (None, "en", "de", "en"),
        (None, "xx", "de", "de"),
        ("anna", None, "de", "en"),
        ("carla", None, "en", "de"),
        ("carla", "en", None, "en"),
        ("carla", "xx", "en", "de"),
        ("anna", "de", "en", "de"),
    ],
)
def test_language_is_the_cookie_then_the_person_then_the_browser(
    world: World, signed_in: SignIn, who: str | None, cookie: str | None, browser: str | None, spoken: str
) -> None:
    client = signed_in(world.people[who] if who else None)
    if cookie:
        client.cookies["django_language"] = cookie
    response = client.get(world.url(), headers={"accept-language": browser} if browser else {})
    shown = re.search(r'<html lang="(\w+)">', response.text)
    assert shown is not None
    assert (shown[1], response["Content-Language"]) == (spoken, spoken)


def test_language_chosen_on_a_page_stays(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.people["anna"])
    assert client.post("/language/", {"language": "de", "next": world.url()})["Location"] == world.url()
    assert '<html lang="de">' in client.get(world.url()).text


def test_language_of_one_request_is_not_that_of_the_next(world: World) -> None:
    pages = [Client().get("/", headers={"accept-language": code}).text for code in ("de", "en")]
    assert [re.findall(r'<html lang="(\w+)">', page) for page in pages] == [["de"], ["en"]]


# --- the size -------------------------------------------------------------------------------------------------


class Unread:
    """The body of a request that nobody may touch."""

    def read(self, *_args: object) -> bytes:
        raise AssertionError("The body was read.")

    readline = read


def send(length: object, **options: Any) -> HttpResponse:
    return Client().generic("POST", "/language/", **{"wsgi.input": Unread(), "CONTENT_LENGTH": str(length), **options})


SENTENCE = "This is larger than anything the server takes; nothing was read."


def test_request_too_large_is_a_sentence_before_its_body_is_read() -> None:
    response = send(middleware.MAX_REQUEST_BYTES + 1)
    assert response.status_code == 413
    assert f'<p class="notice warn" role="alert">{SENTENCE}</p>' in response.text


def test_request_too_large_is_json_for_a_program() -> None:
    response = send(middleware.MAX_REQUEST_BYTES + 1, headers=JSON)
    assert (response.status_code, response.json()) == (413, {"code": "too_large", "message": SENTENCE})


@pytest.mark.parametrize(("size", "status"), [(10, 302), (11, 413)])
def test_request_too_large_begins_above_the_limit(monkeypatch: pytest.MonkeyPatch, size: int, status: int) -> None:
    monkeypatch.setattr(middleware, "MAX_REQUEST_BYTES", 10)
    response = Client().generic("POST", "/language/", b"x" * size, "application/x-www-form-urlencoded")
    assert response.status_code == status


@pytest.mark.parametrize("length", ["many", "-1", "1.5"])
def test_request_with_a_length_that_is_none_is_no_failure(length: str) -> None:
    assert Client().get("/healthz", CONTENT_LENGTH=length).status_code == 200


# --- a refusal ------------------------------------------------------------------------------------------------


@pytest.mark.urls(__name__)
@pytest.mark.parametrize("accept", ["text/html", "*/*", "text/html, application/json", ""])
def test_refusal_raised_in_a_view_becomes_a_page(accept: str) -> None:
    response = Client().get("/closed/", headers={"accept": accept} if accept else {})
    assert (response.status_code, response["Content-Type"]) == (403, "text/html; charset=utf-8")
    sentence = "Nothing was &lt;changed&gt;: come back tomorrow."
    assert re.findall(r'<p class="notice warn" role="alert">(.*)</p>', response.text) == [sentence]


@pytest.mark.urls(__name__)
@pytest.mark.parametrize(
    ("address", "status", "body"),
    [
        ("/closed/", 403, {"code": "closed", "message": "Nothing was <changed>: come back tomorrow."}),
        ("/changed/", 409, {"code": "changed", "message": "Yours was 1.3, theirs is 2.0."}),
    ],
)
def test_refusal_raised_in_a_view_becomes_json_for_a_program(address: str, status: int, body: dict[str, str]) -> None:
    response = Client().get(address, headers=JSON)
    assert (response.status_code, response["Content-Type"]) == (status, "application/json")
    assert response.json() == body


def test_refusal_of_a_service_reaches_a_program_whole(world: World, signed_in: SignIn) -> None:
    response = signed_in(world.people["olga"]).post(world.url("allocation/runs/"), {"change_cost": "x"}, headers=JSON)
    assert (response.status_code, response.json()) == (
        400,
        {"code": "unreadable", "message": "A change counts as 0 to 20 ranks; nothing was computed."},
    )
