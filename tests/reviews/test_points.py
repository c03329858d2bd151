"""Points are read from a review as it was written: nothing that was said is lost, and nothing is invented."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.domain.points import MAX_PLACE, MAX_PLACES, WEIGHTS, Point, read_points


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("", ()),
        ("  \n\n", ()),
        ("Plot it.", (Point("Plot it."),)),
        ("First paragraph.\n\nSecond.", (Point("First paragraph.\n\nSecond."),)),
        ("- one\n- two", (Point("one"), Point("two"))),
        ("1. one\n2) two\n* three\n+ four", (Point("one"), Point("two"), Point("three"), Point("four"))),
        ("All in all good.\n\n- one\n\nThank you!", (Point("one"),)),
        ("- one\n  goes on\nand on\n\n  with a paragraph\n- two", (Point("one\ngoes on\nand on\n\nwith a paragraph"), Point("two"))),
        ("- one\n    - inner\n    - other", (Point("one\n- inner\n- other"),)),
        ("- code:\n  ```\n- no point\n  ```\n- two", (Point("code:\n```\n- no point\n```"), Point("two"))),
        ("```\n- no point\n```", (Point("```\n- no point\n```"),)),
        ("-no point", (Point("-no point"),)),
        ("2023 was better.", (Point("2023 was better."),)),
        ("a\r\n\r\n- one\r\n- two\r\n", (Point("one"), Point("two"))),
        ("- [cell 12] wrong sign", (Point("wrong sign", "normal", (12,)),)),
        ("- [major] wrong sign", (Point("wrong sign", "major"),)),
        ("- [Cells 3-5, minor] long", (Point("long", "minor", (3, 4, 5)),)),
        ("- [slide 4] [important] small print", (Point("small print", "major", (4,)),)),
        ("- [Zelle 4, wichtig] Vorzeichen", (Point("Vorzeichen", "major", (4,)),)),
        ("- [cells 3, 7 and 9] x", (Point("[cells 3, 7 and 9] x"),)),
        ("- [cells 3, 7, 9] x", (Point("x", "normal", (3, 7, 9)),)),
        ("- [folien 2–3] x", (Point("x", "normal", (2, 3)),)),
        ("- [cell 0] x", (Point("[cell 0] x"),)),
        ("- [cell 99999999999999999999] x", (Point("[cell 99999999999999999999] x"),)),
        ("- [the paper](https://example.org) says so", (Point("[the paper](https://example.org) says so"),)),
        ("- [1] says so", (Point("[1] says so"),)),
        ("- [] empty", (Point("[] empty"),)),
        ("[cell 2] no list", (Point("no list", "normal", (2,)),)),
        ("- [cell 2]", ()),
        ("- **bold**", (Point("**bold**"),)),
    ],
)  # fmt: skip
def test_read_points_by_example(text: str, points: tuple[Point, ...]) -> None:
    assert read_points(text) == points


LINES = st.sampled_from(
    [
        "- one",
        "* [cell 3] two",
        "10. three",
        "",
        "  more",
        "    - inner",
        "free text",
        "```",
        "~~~",
        "- [major, cells 1-900] x",
    ]
)


@given(st.lists(LINES, max_size=12).map("\n".join) | st.text(max_size=200))
def test_read_points_of_any_text(text: str) -> None:
    """Each point's words stand in the text, in order; weights and places are as promised; something written is never nothing."""
    points = read_points(text)
    words = text.split()
    for point in points:
        assert point.weight in WEIGHTS
        assert list(point.places) == sorted(set(point.places))[:MAX_PLACES]
        assert all(1 <= place <= MAX_PLACE for place in point.places)
        assert point.text == point.text.strip() != ""
        assert set(point.text.split()) <= set(words)
    assert len(points) <= max(1, len(text.splitlines()))


@given(st.lists(st.text("abc äß[]", min_size=1).filter(lambda text: text.strip("[] ")), min_size=1, max_size=6))
def test_read_points_of_a_list_gives_each_item(items: list[str]) -> None:
    wanted = [f"x{item}".strip() for item in items]
    assert [point.text for point in read_points("\n".join(f"- {item}" for item in wanted))] == wanted
