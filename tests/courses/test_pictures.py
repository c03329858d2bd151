"""Pictures as geometry, and tables that stay text."""

from hypothesis import given
from hypothesis import strategies as st

from courses.domain.pictures import HEIGHT, MARKS, Column, columns, strip, strip_width
from courses.domain.tables import as_csv

COUNTS = st.lists(st.tuples(st.text(max_size=3), st.integers(0, 400)), max_size=12)


def test_columns_reach_the_full_height_for_the_most() -> None:
    assert columns([("1.0", 2), ("1.3", 0), ("1.7", 4)]) == (
        Column("1.0", 2, x=6, y=56, height=40, middle=20, top=52),
        Column("1.3", 0, x=46, y=96, height=0, middle=60, top=92),
        Column("1.7", 4, x=86, y=16, height=80, middle=100, top=12),
    )
    assert columns([]) == ()


@given(COUNTS)
def test_columns_stand_on_the_ground_and_hide_nothing(counts: list[tuple[str, int]]) -> None:
    drawn = columns(counts)
    assert [(column.label, column.count) for column in drawn] == counts
    for column in drawn:
        assert column.y + column.height == 16 + HEIGHT
        assert (column.height > 0) == (column.count > 0)
        assert column.height <= HEIGHT


def test_strip_draws_each_state_in_a_shape_of_its_own() -> None:
    states = ["present", "", "absent", "present", "excused", "unknown"]
    assert strip(states) == {
        "present": "M0 0h6v8h-6zM24 0h6v8h-6z",
        "absent": "M16 6h6v2h-6z",
        "excused": "M32 3h6v5h-6z",
    }
    assert strip_width(states) == 48
    assert len(set(MARKS.values())) == len(MARKS)


def test_as_csv_with_another_separator_quotes_it() -> None:
    assert as_csv(["a;b"], [["=x", None], ["@y", "c;d"], ["\tz", 1]], separator=";") == (
        '"a;b"\r\n\'=x;\r\n\'@y;"c;d"\r\n\'\tz;1\r\n'
    )
