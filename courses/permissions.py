"""Membership predicates, the guard of every page of a seminar, and this app's policy table."""

import functools
from collections.abc import Callable
from typing import Any

import rules
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase

from courses import queries
from courses.models import Participant, ParticipantState, Role, Seminar

View = Callable[..., HttpResponseBase]


def membership(user: Any, seminar: Seminar) -> Participant | None:
    """The person's row in the seminar, read once per request and person."""
    if not user.is_authenticated:
        return None
    known: dict[int, Participant | None] = user.__dict__.setdefault("_memberships", {})
    if seminar.pk not in known:
        known[seminar.pk] = queries.membership_of(user, seminar)
    return known[seminar.pk]


@rules.predicate  # type: ignore[untyped-decorator]  # rules has no types
def is_organizer(user: Any, seminar: Seminar) -> bool:
    member = membership(user, seminar)
    return member is not None and member.role == Role.ORGANIZER and member.is_active


@rules.predicate  # type: ignore[untyped-decorator]  # rules has no types
def is_student(user: Any, seminar: Seminar) -> bool:
    """Admitted: the work of the seminar is theirs."""
    member = membership(user, seminar)
    return member is not None and member.role == Role.STUDENT and member.is_active


@rules.predicate  # type: ignore[untyped-decorator]  # rules has no types
def is_participant(user: Any, seminar: Seminar) -> bool:
    """In any state but withdrawn: also applied and waiting."""
    member = membership(user, seminar)
    return member is not None and member.state != ParticipantState.WITHDRAWN


@rules.predicate  # type: ignore[untyped-decorator]  # rules has no types
def was_student(user: Any, seminar: Seminar) -> bool:
    """A student in any state: what one did oneself stays readable after one has left."""
    member = membership(user, seminar)
    return member is not None and member.role == Role.STUDENT


def seminar_page(permission: str, *, public: bool = False) -> Callable[[View], View]:
    """Guard a page under `/seminars/<slug>/`: find the seminar among those the person may know, then ask the table.

    The view receives the seminar in place of the slug. Unknown and invisible seminars are both 404; a person who is not
    signed in is sent to the sign-in page, one whose role is not enough gets 403.
    """

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def guarded(request: HttpRequest, slug: str, **kwargs: Any) -> HttpResponseBase:
            seminar = known_seminar(request.user, slug)
            if seminar is None:
                raise Http404
            if not rules.has_perm(permission, request.user, seminar):
                if not request.user.is_authenticated:
                    return redirect_to_login(request.get_full_path())
                raise PermissionDenied
            return view(request, seminar, **kwargs)

        guarded.permission = permission  # type: ignore[attr-defined]
        return login_not_required(guarded) if public else guarded

    return wrap


def switched_on(switch: str) -> Callable[[View], View]:
    """A page that is there only where the seminar has this switch on; it stands under `seminar_page`."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        def asked(request: HttpRequest, seminar: Seminar, **kwargs: Any) -> HttpResponseBase:
            if not getattr(seminar, switch):
                raise Http404
            return view(request, seminar, **kwargs)

        return asked

    return wrap


def known_seminar(user: Any, slug: str) -> Seminar | None:
    """The seminar at an address, if the person may know of it; a person's own row comes with it, in one query."""
    row = queries.row_at(user, slug) if user.is_authenticated else None
    if row is None:
        return queries.visible_seminars(user).filter(slug=slug).first()
    user.__dict__.setdefault("_memberships", {})[row.seminar_id] = row
    return row.seminar


def own_row(request: HttpRequest, seminar: Seminar) -> Participant:
    """The row of the person who asks; guards have made sure that it exists."""
    member = membership(request.user, seminar)
    if member is None:
        raise PermissionDenied
    return member


rules.add_perm("courses.entry_create", rules.is_authenticated & ~is_organizer)
rules.add_perm("courses.offer_edit", was_student)
rules.add_perm("courses.registration_update", was_student)
rules.add_perm("courses.visibility_update", was_student)
rules.add_perm("courses.participant_list", is_organizer)
rules.add_perm("courses.participant_update", is_organizer)
rules.add_perm("courses.registration_remind", is_organizer)
rules.add_perm("courses.roster_import", is_organizer)
rules.add_perm("courses.places_edit", is_organizer)
rules.add_perm("courses.session_edit", is_organizer)
rules.add_perm("courses.attendance_list", is_organizer)
rules.add_perm("courses.attendance_edit", is_organizer)
rules.add_perm("courses.announcement_list", is_organizer)
rules.add_perm("courses.announcement_edit", is_organizer)
rules.add_perm("courses.expected_edit", is_organizer)
rules.add_perm("courses.discussion_edit", is_organizer)
rules.add_perm("courses.check_in_edit", is_organizer)
rules.add_perm("courses.check_in", is_student)
rules.add_perm("courses.excuse_edit", is_student)
rules.add_perm("courses.excuse_decide", is_organizer)
rules.add_perm("courses.make_up_edit", is_organizer)
rules.add_perm("courses.message_list", is_organizer)
rules.add_perm("courses.message_retry", is_organizer)
