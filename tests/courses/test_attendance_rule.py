"""Who is expected, what was missed, and what is still possible: the pure rules."""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.domain.attendance import Day, Standing, is_expected, standing, was_admitted
from courses.domain.merging import merge

START = datetime(2023, 10, 27, 12, tzinfo=UTC)
DAYS = st.lists(
    st.builds(
        Day,
        expected=st.booleans(),
        over=st.booleans(),
        status=st.sampled_from(["", "present", "excused", "absent"]),
        make_up=st.sampled_from(["", "open", "done"]),
    ),
    max_size=20,
)


def at(day: int) -> datetime:
    return START + timedelta(days=day)


@pytest.mark.parametrize(
    ("changes", "there"),
    [
        ([], [True, True, True]),  # the file has named them: there from the start
        ([(at(0), "", "admitted")], [False, True, True]),
        ([(at(0), "", "waiting"), (at(5), "waiting", "admitted")], [False, False, True]),
        ([(at(5), "admitted", "withdrawn")], [True, True, False]),
        ([(at(5), "applied", "admitted")], [False, False, True]),
        # Whoever leaves and comes back was there before: what was missed then stays missed.
        ([(at(0), "admitted", "withdrawn"), (at(5), "withdrawn", "admitted")], [True, False, True]),
    ],
)
def test_was_admitted_follows_the_history(changes: list[tuple[datetime, str, str]], there: list[bool]) -> None:
    assert [was_admitted(changes, at(day)) for day in (-1, 2, 9)] == there


def test_is_expected_in_every_case() -> None:
    for by_hand, named, only_named, admitted in product((None, True, False), *[(True, False)] * 3):
        found = is_expected(by_hand=by_hand, named=named, only_named=only_named, admitted=admitted)
        if by_hand is not None:
            assert found is by_hand
        elif not admitted:
            assert found is False
        else:
            assert found is (named or not only_named)


def day(status: str = "", *, expected: bool = True, over: bool = True, make_up: str = "") -> Day:
    return Day(expected=expected, over=over, status=status, make_up=make_up)


def test_standing_counts_every_kind_of_day_once() -> None:
    days = [
        *(day("present"), day("excused"), day("absent"), day("absent", make_up="done"), day("absent", make_up="open")),
        *(day(), day(over=False), day("excused", over=False), day("absent", expected=False)),
    ]
    assert standing(days, 1) == Standing(
        present=1, excused=2, missed=2, made_up=1, to_make_up=1, unnoted=1, remaining=1, allowed=1
    )


@pytest.mark.parametrize(
    ("missed", "open_tasks", "allowed", "ahead", "kept", "can_pass", "may_miss"),
    [
        (0, 0, 0, 5, True, True, 0),
        (0, 0, 2, 5, True, True, 2),
        (1, 0, 2, 5, True, True, 1),
        (0, 0, 9, 5, True, True, 5),  # no more than there are
        (0, 0, 2, 0, True, True, 0),
        (1, 0, 0, 5, False, False, 0),
        (1, 1, 0, 5, False, True, 0),  # once the work is done
        (3, 1, 1, 5, False, False, 0),
        (9, 0, None, 5, True, True, None),
    ],
)
def test_standing_says_what_is_still_possible(
    missed: int,
    open_tasks: int,
    allowed: int | None,
    ahead: int,
    kept: bool,
    can_pass: bool,
    may_miss: int | None,
) -> None:
    days = [day("absent", make_up="open" if n < open_tasks else "") for n in range(missed)]
    found = standing([*days, *[day(over=False)] * ahead], allowed)
    assert (found.kept, found.can_pass, found.may_miss) == (kept, can_pass, may_miss)


@given(DAYS, st.none() | st.integers(0, 9))
def test_standing_adds_up(days: list[Day], allowed: int | None) -> None:
    found = standing(days, allowed)
    counts = (found.present, found.excused, found.missed, found.made_up, found.unnoted, found.remaining)
    assert sum(counts) == sum(each.expected for each in days)
    assert found.can_pass or not found.kept
    # Whoever misses as many more as they may still keeps the rule, and one more would break it.
    if found.kept and found.may_miss is not None and allowed is not None:
        assert found.missed + found.may_miss <= allowed
        assert found.may_miss == found.remaining or found.missed + found.may_miss == allowed


@pytest.mark.parametrize(
    ("shown", "sent", "stored", "writes", "clashes"),
    [
        ({}, {1: "present"}, {}, {1: "present"}, []),
        ({}, {1: ""}, {1: "absent"}, {}, []),  # left as it was shown: no word about it
        ({1: "absent"}, {1: "absent"}, {1: "excused"}, {}, []),
        ({}, {1: "present"}, {1: "present"}, {}, []),  # both say the same
        ({}, {1: "present"}, {1: "absent"}, {1: "present"}, [1]),
        ({1: "present"}, {1: ""}, {1: "absent"}, {1: ""}, [1]),
        ({1: "present"}, {1: "absent"}, {}, {1: "absent"}, [1]),
        ({1: "present"}, {1: "absent", 2: "present"}, {1: "present"}, {1: "absent", 2: "present"}, []),
    ],
)
def test_merge_keeps_what_each_has_changed_and_names_what_both_have(
    shown: dict[int, str], sent: dict[int, str], stored: dict[int, str], writes: dict[int, str], clashes: list[int]
) -> None:
    assert merge(shown, sent, stored, "") == (writes, clashes)
