"""A person at a browser without JavaScript, over a real connection to a server of its own."""

from __future__ import annotations

import http.cookiejar
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from tests.factories.postal import ROOT, free_port, reachable, wait_until

SANE_SECONDS = 15  # in which every page has to answer, whatever is away


@contextmanager
def site(environment: Mapping[str, str]) -> Iterator[str]:
    """The program under gunicorn, as the Dockerfile starts it; yields its address."""
    port = free_port()
    command = ["gunicorn", "seminar.wsgi", "--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--threads", "8"]
    command += ["--workers", "1", "--keep-alive", "75", "--no-control-socket", "--log-level", "error"]
    address = f"http://127.0.0.1:{port}"
    values = {**environment, "BASE_URL": address}
    server = subprocess.Popen([sys.executable, "-m", *command], env=values, cwd=ROOT)
    try:
        wait_until(lambda: reachable(port), 60)
        yield address
    finally:
        server.terminate()
        server.wait()


class Visitor:
    """Keeps cookies and follows redirects; a page that takes longer than is sane is a failure."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> str:
        return self._open(urllib.request.Request(self.address + path))

    def post(self, path: str, fields: Mapping[str, Any] | None = None, *, file: tuple[str, bytes] | None = None) -> str:
        """Look at a page as one does before one sends its form, then send it."""
        token = next((cookie.value for cookie in self.cookies if cookie.name == "csrftoken"), None)
        pairs = [("csrfmiddlewaretoken", token or "")]
        for name, value in (fields or {}).items():
            pairs += [(name, str(each)) for each in (value if isinstance(value, list) else [value])]
        body, kind = (urllib.parse.urlencode(pairs).encode(), "application/x-www-form-urlencoded")
        if file is not None:
            body, kind = multipart(pairs, file)
        headers = {"Content-Type": kind, "Referer": self.address + path}
        return self._open(urllib.request.Request(self.address + path, body, headers))

    def sign_in(self, email: str, password: str) -> None:
        self.get("/accounts/login/")
        page = self.post("/accounts/login/", {"login": email, "password": password})
        assert any(cookie.name == "sessionid" for cookie in self.cookies), page

    def _open(self, request: urllib.request.Request) -> str:
        try:
            with self._opener.open(request, timeout=SANE_SECONDS) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            words = error.read().decode()
            raise AssertionError(f"{request.full_url} answers {error.code}: {words[-1500:]}") from None


def multipart(pairs: list[tuple[str, str]], file: tuple[str, bytes]) -> tuple[bytes, str]:
    parts = [
        f'--part\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in pairs
    ]
    head = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\n\r\n'.encode()
    return b"".join([*parts, head, file[1], b"\r\n--part--\r\n"]), "multipart/form-data; boundary=part"
