"""When work comes in before a deadline."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from submissions.domain.arrivals import SPANS, count_spans
from submissions.models import Version
from submissions.queries import arrivals
from tests.factories.files import pdf
from tests.factories.uploads import receive_upload
from tests.factories.world import World


@pytest.mark.parametrize(
    ("before", "code"),
    [
        (timedelta(microseconds=-1), "late"),
        (timedelta(0), "hour"),
        (timedelta(hours=1), "hour"),
        (timedelta(hours=1, microseconds=1), "three_hours"),
        (timedelta(hours=12), "twelve_hours"),
        (timedelta(days=1), "day"),
        (timedelta(days=3), "three_days"),
        (timedelta(days=7), "week"),
        (timedelta(days=8), "earlier"),
    ],
)
def test_count_spans_puts_each_time_into_the_shortest_span_that_holds_it(before: timedelta, code: str) -> None:
    assert {found for found, count in count_spans([before]) if count} == {code}


@given(st.lists(st.timedeltas()))
def test_count_spans_loses_nothing(times: list[timedelta]) -> None:
    counted = count_spans(times)
    assert sum(count for _code, count in counted) == len(times)
    assert [code for code, _count in counted] == [code for code, _bound in SPANS]


@pytest.mark.once
def test_arrivals_count_first_versions_against_ones_own_deadline(
    world: World, now: datetime, signed_in: Callable[..., Client], monkeypatch: Any
) -> None:
    from submissions.services import files

    monkeypatch.setattr(files, "content_problem", lambda *_args: "")
    assert arrivals(world.seminar) == []
    page = signed_in(world.people["olga"]).get(world.url("manage/")).content.decode()
    assert "When work came in" not in page
    slot = world.slot("slides")
    for name in ("anna", "anna", "boris"):
        row = world.row(name)
        receive_upload(slot, row, pdf(), uploaded_by=row.user, arrived_at=now)
    first = Version.objects.filter(submission__participant=world.row("boris"))[0]
    Version.objects.filter(pk=first.pk).update(deadline=first.received_at + timedelta(hours=2))
    [(found, counts)] = arrivals(world.seminar)
    assert (found, {code: count for code, count in counts if count}) == (slot, {"earlier": 1, "three_hours": 1})
    page = signed_in(world.people["olga"]).get(world.url("manage/")).content.decode()
    assert '<th scope="row">3 hours to 1 hour</th><td class="number">1</td>' in page
    assert arrivals(world.other) == []
