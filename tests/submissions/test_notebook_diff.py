"""Two versions of a notebook: every cell has one fate, and the changes lead from the old one to the new one."""

import random
from collections.abc import Sequence
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from submissions.domain.notebook import Cell, Notebook, Output
from submissions.domain.notebook_diff import CellChange, changed_cells, diff, line_diff

LOSS = "def loss(x, y):\n    error = x - y\n    return (error ** 2).mean()"
LOSS_ABSOLUTE = LOSS.replace("error ** 2", "error.abs()")
PLOT = "plt.plot(steps, losses)\nplt.xlabel('step')\nplt.show()"
DATA = "points = sklearn.datasets.make_moons(1000, noise=0.1)"


def notebook(*cells: Cell | str, ids: bool = False) -> Notebook:
    """Plain strings are code cells without an id, or with ids 1, 2, 3 …"""
    made = (
        Cell("code", cell, str(n) if ids else "") if isinstance(cell, str) else cell for n, cell in enumerate(cells, 1)
    )
    return Notebook(tuple(made), "python", 4, "")


def cell(source: str, identifier: str = "", *, text: str = "", count: int | None = None) -> Cell:
    return Cell("code", source, identifier, count, (Output("stream", text=text),) if text else ())


def fates(old: Notebook, new: Notebook) -> list[tuple[str, int | None, int | None]]:
    return [(change.kind, change.old, change.new) for change in diff(old, new)]


# --- fates ------------------------------------------------------------------------------------------------------


def test_same_notebook_has_only_same_cells() -> None:
    version = notebook(LOSS, PLOT, "")
    assert diff(version, version) == tuple(CellChange("same", n, n) for n in (1, 2, 3))
    assert changed_cells(version, version) == frozenset()


def test_added_and_removed_cells() -> None:
    assert fates(notebook(LOSS, PLOT), notebook(LOSS, DATA, PLOT)) == [
        ("same", 1, 1),
        ("added", None, 2),
        ("same", 2, 3),
    ]
    assert fates(notebook(LOSS, DATA, PLOT), notebook(LOSS, PLOT)) == [
        ("same", 1, 1),
        ("removed", 2, None),
        ("same", 3, 2),
    ]
    assert fates(notebook(), notebook(LOSS)) == [("added", None, 1)]
    assert fates(notebook(LOSS), notebook()) == [("removed", 1, None)]


def test_changed_cell_carries_its_lines() -> None:
    _, change, _ = diff(notebook(DATA, LOSS, PLOT), notebook(DATA, LOSS_ABSOLUTE, PLOT))
    assert change == CellChange("changed", 2, 2, (
        ("@", "-1,3 +1,3"),
        (" ", "def loss(x, y):"),
        (" ", "    error = x - y"),
        ("-", "    return (error ** 2).mean()"),
        ("+", "    return (error.abs()).mean()"),
    ))  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (cell("x", text="1"), cell("x", text="2"), "outputs"),
        (cell("x"), cell("x", text="2"), "outputs"),
        (cell("x", count=1), cell("x", count=7), "same"),
        (cell("x", "a"), cell("x", "b"), "same"),
        (Cell("markdown", "x", "", attachments={"a": {"b": "c"}}), Cell("markdown", "x", ""), "outputs"),
    ],
)
def test_outputs_alone_and_numbers_of_runs(old: Cell, new: Cell, kind: str) -> None:
    assert fates(notebook(old), notebook(new)) == [(kind, 1, 1)]


def test_cell_of_another_kind_is_another_cell() -> None:
    text = Cell("markdown", LOSS, "1")
    assert fates(notebook(LOSS, ids=True), notebook(text)) == [("removed", 1, None), ("added", None, 1)]


def test_moved_cell_is_told_apart() -> None:
    old, new = notebook(LOSS, DATA, PLOT), notebook(PLOT, LOSS, DATA)
    assert fates(old, new) == [("moved", 3, 1), ("same", 1, 2), ("same", 2, 3)]
    assert changed_cells(old, new) == frozenset()


def test_empty_cells_do_not_move() -> None:
    assert fates(notebook(" ", LOSS, DATA), notebook(LOSS, DATA, " ")) == [
        ("removed", 1, None), ("same", 2, 1), ("same", 3, 2), ("added", None, 3)
    ]  # fmt: skip


def test_moved_and_changed_cell_with_an_id_is_changed() -> None:
    old = notebook(LOSS, DATA, PLOT, ids=True)
    new = notebook(cell(PLOT, "3"), cell(LOSS_ABSOLUTE, "1"), cell(DATA, "2", text="1"))
    assert [(c.kind, c.old, c.new, c.moved) for c in diff(old, new)] == [
        ("moved", 3, 1, True), ("changed", 1, 2, False), ("outputs", 2, 3, False)
    ]  # fmt: skip
    moved = diff(old, notebook(cell(PLOT + " # all", "3"), cell(LOSS, "1"), cell(DATA, "2")))[0]
    assert (moved.kind, moved.moved, bool(moved.lines)) == ("changed", True, True)


def test_removed_cell_stands_behind_the_one_it_followed() -> None:
    old, new = notebook(DATA, LOSS, "import this_and_that", PLOT), notebook("a + b", DATA, "c", PLOT, "d")
    assert fates(old, new) == [
        ("added", None, 1), ("same", 1, 2), ("removed", 2, None), ("removed", 3, None), ("added", None, 3),
        ("same", 4, 4), ("added", None, 5),
    ]  # fmt: skip


# --- matching ---------------------------------------------------------------------------------------------------


def test_id_matches_a_cell_that_was_mostly_rewritten() -> None:
    old, new = cell("loss = (x - y) ** 2", "a"), cell("loss = f(torch, other) + g", "a")
    assert fates(notebook(old), notebook(new)) == [("changed", 1, 1)]
    assert fates(notebook(cell(old.source)), notebook(cell(new.source))) == [("removed", 1, None), ("added", None, 1)]


def test_id_alone_is_no_match() -> None:
    assert fates(notebook(LOSS, ids=True), notebook("import os", ids=True)) == [
        ("removed", 1, None),
        ("added", None, 1),
    ]


def test_ids_that_were_numbered_anew_do_not_mislead() -> None:
    alike = ["noise = sample(steps, 1)", "noise = sample(steps, 2)", "noise = sample(steps, 3)"]
    old, new = notebook(*alike, ids=True), notebook("noise = sample(steps, 0)", *alike, ids=True)
    assert fates(old, new) == [("added", None, 1), ("same", 1, 2), ("same", 2, 3), ("same", 3, 4)]


def test_changed_cell_is_found_among_new_ones() -> None:
    new = notebook("import os", PLOT, DATA, LOSS_ABSOLUTE, "x = 1")
    assert ("changed", 1, 4) in fates(notebook(LOSS), new)


def test_changed_cell_is_the_most_alike_one() -> None:
    weaker = LOSS.replace("error", "gap").replace("mean", "sum")
    assert fates(notebook(LOSS), notebook(weaker, LOSS_ABSOLUTE)) == [("added", None, 1), ("changed", 1, 2)]
    assert fates(notebook(LOSS), notebook(weaker)) == [("changed", 1, 1)]


def test_cells_change_only_between_the_neighbours_that_stayed() -> None:
    assert fates(notebook(LOSS, DATA), notebook(DATA, LOSS_ABSOLUTE)) == [
        ("removed", 1, None),
        ("same", 2, 1),
        ("added", None, 2),
    ]


def test_many_changed_cells_between_two_neighbours_are_matched_in_order() -> None:
    old = notebook(*(f"value_{n} = compute({n}, seed)" for n in range(100)))
    new = notebook(*(f"value_{n} = compute({n}, seed) + 1" for n in range(100)))
    assert fates(old, new) == [("changed", n, n) for n in range(1, 101)]


def test_changed_cells_are_those_with_something_new_to_read() -> None:
    old = notebook(LOSS, DATA, cell("x", text="1"), PLOT, "gone()")
    new = notebook(PLOT, LOSS_ABSOLUTE, DATA, cell("x", text="2"), "brand.new()")
    assert changed_cells(old, new) == {2, 4, 5}


# --- lines ------------------------------------------------------------------------------------------------------


def test_line_diff_shows_three_lines_around_each_change() -> None:
    old = [str(n) for n in range(1, 31)]
    new = [*old[:4], "five", *old[5:20], *old[21:]]
    lines = line_diff("\n".join(old), "\n".join(new))
    assert [line for line in lines if line[0] != " "] == [
        ("@", "-2,7 +2,7"), ("-", "5"), ("+", "five"), ("@", "-18,7 +18,6"), ("-", "21")
    ]  # fmt: skip
    assert [text for sign, text in lines if sign == " "] == [
        "2",
        "3",
        "4",
        "6",
        "7",
        "8",
        "18",
        "19",
        "20",
        "22",
        "23",
        "24",
    ]


def test_line_diff_of_equal_and_of_empty_texts() -> None:
    assert line_diff("a\nb", "a\nb") == ()
    assert line_diff("", "a") == (("@", "-1,1 +1,1"), ("-", ""), ("+", "a"))


def test_line_diff_that_is_quick_tells_the_middle_as_replaced() -> None:
    signs = [sign for sign, _ in line_diff("a\nb\nc\nd\ne", "a\nx\nc\ny\ne", quick=True)]
    assert signs == ["@", " ", "-", "-", "-", "+", "+", "+", " "]


lines = st.lists(st.sampled_from("abc"), max_size=12)


def applied(difference: Sequence[tuple[str, str]], old: list[str]) -> list[str]:
    """The new lines, from the old ones and the difference; context and removed lines must be what is there."""
    new: list[str] = []
    place = 0
    for sign, text in difference:
        if sign == "@":
            first = int(text.removeprefix("-").split(",")[0]) - 1
            new, place = new + old[place:first], first
        else:
            assert sign == "+" or old[place] == text
            new, place = new + [text] * (sign != "-"), place + (sign != "+")
    return new + old[place:]


@given(lines, lines, st.booleans())
def test_line_diff_applied_gives_the_new_text(old: list[str], new: list[str], quick: bool) -> None:
    difference = line_diff("\n".join(old), "\n".join(new), quick=quick)
    assert applied(difference, old or [""]) == (new or [""])
    assert (difference == ()) == (old == new)


# --- any two notebooks ------------------------------------------------------------------------------------------

sources = st.sampled_from(["", " ", "a", "a b c", "a b d", "a b c d", "x\ny", "x\nz", "# é"])
cells = st.builds(Cell, st.sampled_from(["code", "markdown"]), sources, st.sampled_from(["", "1", "2", "3", "4"]))
notebooks = st.lists(cells, max_size=8).map(lambda some: notebook(*some))


@given(notebooks, notebooks)
def test_changes_name_every_cell_once_and_the_new_ones_in_order(old: Notebook, new: Notebook) -> None:
    changes = diff(old, new)
    assert [change.new for change in changes if change.new] == list(range(1, len(new.cells) + 1))
    assert sorted(change.old for change in changes if change.old) == list(range(1, len(old.cells) + 1))
    steady = [change.old for change in changes if change.old and not change.moved]
    assert steady == sorted(steady)


@given(notebooks, notebooks)
def test_changes_applied_to_the_old_version_give_the_new_one(old: Notebook, new: Notebook) -> None:
    for change in diff(old, new):
        if change.kind in {"same", "moved", "outputs"}:
            assert change.old is not None
            assert change.new is not None
            assert old.cells[change.old - 1].source == new.cells[change.new - 1].source
        assert (change.old is None, change.new is None) == (change.kind == "added", change.kind == "removed")
        assert bool(change.lines) == (change.kind == "changed")


@given(notebooks)
def test_any_notebook_is_the_same_as_itself(version: Notebook) -> None:
    assert {change.kind for change in diff(version, version)} <= {"same"}


@given(notebooks, notebooks)
def test_what_is_added_one_way_is_removed_the_other_way(old: Notebook, new: Notebook) -> None:
    there, back = diff(old, new), diff(new, old)
    assert len([c for c in there if c.kind == "added"]) - len([c for c in there if c.kind == "removed"]) == len(
        new.cells
    ) - len(old.cells)
    assert (there == ()) == (back == ())


# --- size -------------------------------------------------------------------------------------------------------

MANY = [f"x{n} = f({n})\nprint(x{n})" for n in range(20_000)]
shuffled = random.Random(1).sample(MANY, len(MANY))
coins = random.Random(2).choices("ab", k=20_000)


@pytest.mark.parametrize(
    ("old", "new", "kinds"),
    [
        pytest.param(MANY, [*MANY[:9], "new", *MANY[10:]], {"same", "added", "removed"}, id="one"),
        pytest.param(MANY, shuffled, {"same", "moved"}, id="shuffled"),
        pytest.param(MANY, [source + " # c" for source in MANY], {"changed"}, id="all-changed"),
        pytest.param(["x"] * 20_000, ["x"] * 20_001, {"same", "added"}, id="all-equal"),
        pytest.param(coins, coins[::-1], {"same", "moved"}, id="two-kinds"),
    ],
)
def test_20000_cells_take_seconds_at_most(old: list[str], new: list[str], kinds: set[str]) -> None:
    start = process_time()
    assert {change.kind for change in diff(notebook(*old), notebook(*new))} == kinds
    assert process_time() - start < 10


def test_many_long_changed_cells_take_seconds_at_most() -> None:
    long = ["\n".join(random.Random(n).choices("ab", k=2000)) for n in range(120)]
    old = notebook(*(f"# {n}\n{source}" for n, source in enumerate(long)), ids=True)
    new = notebook(*(f"# {n}\n{source[::-1]}" for n, source in enumerate(long)), ids=True)
    start = process_time()
    assert {change.kind for change in diff(old, new)} == {"changed"}
    assert process_time() - start < 10
