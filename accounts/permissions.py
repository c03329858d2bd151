"""The policy table of this app, and the guard that every view outside a seminar names."""

import functools
from collections.abc import Callable
from typing import Any

import rules
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from accounts.models import User

View = Callable[..., HttpResponseBase]


@rules.predicate  # type: ignore[untyped-decorator]  # rules has no types
def is_operator(user: Any) -> bool:
    """Runs the whole site."""
    return bool(user.is_active and user.is_staff)


rules.add_perm("accounts.profile_edit", rules.is_authenticated)


def permission(name: str, *, public: bool = False, hidden: bool = False) -> Callable[[View], View]:
    """Let a request pass only where the policy table grants `name`; `public` opens the view to people not signed in.

    `hidden`: for everybody else there is no such page.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not rules.has_perm(name, request.user):
                raise Http404 if hidden else PermissionDenied
            return view(request, *args, **kwargs)

        guarded.permission = name  # type: ignore[attr-defined]
        return login_not_required(guarded) if public or hidden else guarded

    return wrap


def signed_in(request: HttpRequest) -> User:
    """The person behind a request that a guard has let pass."""
    if not isinstance(request.user, User):
        raise PermissionDenied
    return request.user
