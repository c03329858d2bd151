"""Which notebooks share more than chance and the template: renaming hides nothing, the template counts for nothing."""

import io
import keyword
import random
import re
import tokenize
from collections.abc import Sequence
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from submissions.domain.notebook import Cell, Notebook
from submissions.domain.similarity import Fingerprint, Passage, Span, compare, fingerprint, rank, template_hashes
from submissions.domain.similarity.passages import _Run, _tiles
from submissions.domain.similarity.prints import CODE_RUN, CODE_WINDOW, MAX_TOKENS, run_hashes, winnow
from submissions.domain.similarity.tokens import BUILTINS, code_tokens, text_tokens

TRAIN = '''
def train(model, loader, optimizer, epochs):
    """Fit the model and keep the best weights."""
    best = None
    for epoch in range(epochs):
        total = 0.0
        for batch, labels in loader:
            optimizer.zero_grad()
            loss = criterion(model(batch), labels)
            loss.backward()
            optimizer.step()
            total += loss.item() * len(batch)
        if best is None or total < best:  # improved
            best = total
            torch.save(model.state_dict(), "best.pt")
    return best
'''
RENAMED = """
def run_experiment(network, data, opt, n):
    lowest = None  # my own idea
    for i in range(n):

        summed = 0
        for images, y in data:
            opt.zero_grad()
            value = objective(network(images), y)
            value.backward()
            opt.step()
            summed += value.item() * len(images)
        if (lowest is None or
                summed < lowest):
            lowest = summed
            torch.save(network.state_dict(), 'weights/lowest.bin')
    return lowest
""".replace("(lowest is None or\n                summed < lowest)", "lowest is None or summed < lowest")
SCHEDULE = """
def schedule(steps, start=1e-4, end=0.02):
    betas = torch.linspace(start, end, steps)
    alphas = torch.cumprod(1 - betas, dim=0)
    return betas, alphas, torch.sqrt(alphas), torch.sqrt(1 - alphas)
"""
GRAPH = """
class Graph:
    def __init__(self, nodes, edges):
        self.neighbours = {node: set() for node in nodes}
        for one, other in edges:
            self.neighbours[one].add(other)
            self.neighbours[other].add(one)

    def degree(self, node):
        return len(self.neighbours[node])
"""
PLOT = """
figure, axes = plt.subplots(1, 3, figsize=(12, 4))
for axis, (title, values) in zip(axes, results.items()):
    axis.plot(values, label=title)
    axis.set_xlabel("step")
    axis.legend(loc="best")
figure.savefig("curves.png")
"""
SAMPLE = """
with torch.no_grad():
    noise = torch.randn(64, 3, 32, 32, device=device)
    while noise.abs().max() > threshold:
        noise = noise - rate * model(noise).detach()
    images = (noise.clamp(-1, 1) + 1) / 2
"""
TEXT = (
    "Diffusion models learn to reverse a process that slowly destroys an image by adding noise to it step after step."
)


def notebook(*sources: str) -> Notebook:
    """Code cells; a source that begins with `#:` is a text cell."""
    cells = (Cell("markdown", s[2:], "") if s.startswith("#:") else Cell("code", s, "") for s in sources)
    return Notebook(tuple(cells), "python", 4, "")


def printed(*sources: str) -> Fingerprint:
    return fingerprint(notebook(*sources))


def row(source: str) -> list[str]:
    return [token.text for token in code_tokens(source)]


# --- tokens -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "tokens"),
    [
        ("loss = model(x) ** 2  # squared", "N = N ( N ) ** L"),
        ("loss.backward()", "N . backward ( )"),
        ("self.weights = self.layer(x).mean()", "N . N = N . N ( N ) . mean ( )"),
        ("for i in range(len(x)): pass", "for N in range ( len ( N ) ) : pass"),
        ("a = 'x' \"y\" f'{z}'", "N = L"),
        ("a = 0x1F + 1e-3 + .5 + 2j + 1_000", "N = L + L + L + L + L"),
        ('def f():\n    """Words."""\n    return None', "def N ( ) : return None"),
        ("'''\nWords.\n'''\nx", "N"),
        ("f(\n  'a',\n  'b')", "N ( L , L )"),
        ("import a, b\nfrom c import (\n    d,\n    e,\n)\nx", "N"),
        ("if x:\n    import a\n    y", "if N : N"),
        ("%matplotlib inline\n!ls\nx", "pass pass N"),
        ("%%bash\nls -l", ""),
        ("x = (1 +", "N = ( L +"),
        ("naïve = 'é", "N = L"),
        ("a if b else c", "N if N else N"),
        ("x: int = 1; y := 2 -> 3", "N : int = L ; N := L -> L"),
    ],
)
def test_code_tokens(source: str, tokens: str) -> None:
    assert row(source) == tokens.split()


def test_code_tokens_know_their_lines() -> None:
    source = "# one\na = '''x\ny'''\n\nb"
    assert [(token.text, token.line) for token in code_tokens(source)] == [("N", 2), ("=", 2), ("L", 2), ("N", 5)]


STANDARD = ["ast", "dataclasses", "difflib", "json/decoder", "statistics", "tokenize", "typing", "unittest/mock"]


@pytest.mark.parametrize("module", STANDARD)
def test_code_tokens_agree_with_the_tokenizer_of_python(module: str) -> None:
    source = (Path(io.__file__).parent / f"{module}.py").read_text(encoding="utf-8")
    kinds = {tokenize.NAME: "name", tokenize.OP: "operator", tokenize.NUMBER: "number", tokenize.STRING: "string"}
    expected = [
        (kinds[token.type], token.string, token.start[0])
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type in kinds
    ]
    from submissions.domain.similarity.tokens import _lexemes

    assert list(_lexemes(source)) == expected


@given(st.text(st.sampled_from("ab1.'\"#\\\n (){}[]=%!-:@é名\x0c\u2028")))
def test_code_tokens_of_any_text(source: str) -> None:
    lines = [token.line for token in code_tokens(source)]
    assert lines == sorted(lines)
    assert set(lines) <= set(range(1, source.count("\n") + 2))


def test_text_tokens() -> None:
    tokens = text_tokens("## The *Forward* process\nsee https://x.org/a-b, 扩散x don't")
    assert [token.text for token in tokens] == ["the", "forward", "process", "see", "扩", "散", "x", "don", "t"]
    assert [token.line for token in tokens] == [1, 1, 1, 2, 2, 2, 2, 2, 2]


# --- winnowing --------------------------------------------------------------------------------------------------

numbers = st.lists(st.integers(0, 5), max_size=60)


@given(numbers, st.integers(1, 8))
def test_run_hashes_depend_on_the_run_alone(tokens: list[int], run: int) -> None:
    hashes = run_hashes(tokens, run)
    assert hashes == [run_hashes(tokens[n : n + run], run)[0] for n in range(len(tokens) - run + 1)]
    assert len(set(hashes)) == len({tuple(tokens[n : n + run]) for n in range(len(tokens) - run + 1)})


def test_run_hashes_are_the_same_for_ever() -> None:
    prime, base = 2**61 - 1, 1_315_423_911_187_331
    assert run_hashes([3, 1, 4, 1], 3) == [(3 * base**2 + base + 4) % prime, (base**2 + 4 * base + 1) % prime]


@given(st.lists(st.integers(0, 9)), st.integers(1, 8))
def test_winnow_keeps_a_smallest_hash_of_every_window(hashes: list[int], window: int) -> None:
    kept = winnow(hashes, window)
    assert all(hashes[place] == value for value, place in kept)
    places = {place for _, place in kept}
    for start in range(max(0, len(hashes) - window + 1)):
        inside = range(start, start + window)
        assert any(place in places and hashes[place] == min(hashes[n] for n in inside) for place in inside)
    assert bool(kept) == bool(hashes)


def test_winnow_example_of_the_paper() -> None:
    hashes = [77, 74, 42, 17, 98, 50, 17, 98, 8, 88, 67, 39, 77, 74, 42, 17, 98]
    assert [value for value, _ in winnow(hashes, 4)] == [17, 17, 8, 39, 17]


COMMON = "x if y else 1 + len ( z ) * sum ( q ) - w [ 3 ] / abs ( v ) % f ( u ) ; t ="
words = st.lists(st.sampled_from(["a", "1", "+", "if", "for", ".mean", "(", ")", "[", "]", "=", "len"]), max_size=40)


@given(words, words, words, words)
def test_what_is_long_enough_is_always_found(
    before: list[str], after: list[str], head: list[str], tail: list[str]
) -> None:
    assert len(code_tokens(COMMON)) >= CODE_RUN + CODE_WINDOW - 1
    a, b = printed(" ".join([*before, COMMON, *after])), printed(" ".join([*head, COMMON, *tail]))
    assert compare(a, b).shared >= 1


@pytest.mark.parametrize(("tokens", "is_found"), [(CODE_RUN - 1, False), (CODE_RUN + CODE_WINDOW - 1, True)])
def test_length_that_is_found_and_length_that_is_not(tokens: int, is_found: bool) -> None:
    common = "".join(f".same{n}" for n in range(tokens // 2))  # a dot and a name each, and the dot that follows
    before, after = (
        [f"x.{name}1" + "".join(f".{name}{n}" for n in range(50)) for name in names] for names in ("ab", "cd")
    )
    a, b = (printed(first + common + last[1:]) for first, last in zip(before, after, strict=True))
    assert (compare(a, b).shared > 0) is is_found


# --- pairs ------------------------------------------------------------------------------------------------------


def test_renamed_function_is_found_with_its_lines() -> None:
    match = compare(printed(GRAPH, TRAIN, PLOT), printed(SAMPLE, SCHEDULE, RENAMED))
    assert match.shared >= 4
    assert match.passages == (Passage(Span(2, 2, 16), Span(3, 2, 16), match.passages[0].tokens),)
    assert match.passages[0].tokens == len(code_tokens(TRAIN))
    assert (match.text_score, match.text_passages) == (0.0, ())


def test_notebooks_with_nothing_in_common() -> None:
    match = compare(
        printed(GRAPH, SCHEDULE, "#:" + TEXT), printed(PLOT, SAMPLE, "#:Something quite different is told here to you")
    )
    assert (match.score, match.text_score, match.shared, match.passages, match.text_passages) == (0.0, 0.0, 0, (), ())


def test_whole_copy_inside_a_bigger_notebook_scores_in_full() -> None:
    assert compare(printed(TRAIN), printed(TRAIN)).score == 1.0
    assert compare(printed(TRAIN), printed(GRAPH, TRAIN, PLOT)).score >= 0.7


def test_copied_text_is_found_apart_from_code() -> None:
    match = compare(printed("#:# Intro\n" + TEXT, GRAPH), printed("#:" + TEXT.upper() + " And more.", PLOT))
    assert match.score == 0.0
    assert match.text_score > 0.7
    assert match.text_passages == (Passage(Span(1, 2, 2), Span(1, 1, 1), 20),)


def test_changed_line_does_not_cut_a_passage_in_two() -> None:
    changed = TRAIN.replace("loss.backward()", "engine.go(loss)")
    (passage,) = compare(printed(TRAIN), printed(changed)).passages
    assert (passage.a, passage.b) == (Span(1, 2, 16), Span(1, 2, 16))
    assert passage.tokens < len(code_tokens(TRAIN))


def test_function_that_was_split_over_cells_is_found_cell_by_cell() -> None:
    lines = (TRAIN + GRAPH).split("\n")
    match = compare(printed(TRAIN + GRAPH), printed("\n".join(lines[:17]), "\n".join(lines[17:])))
    assert [(passage.a.cell, passage.b) for passage in match.passages] == [(1, Span(1, 2, 16)), (1, Span(2, 1, 9))]
    assert match.score == 1.0


def test_passages_are_in_the_order_of_the_first_notebook_and_use_every_token_once() -> None:
    match = compare(printed(TRAIN, GRAPH, SAMPLE), printed(SAMPLE, TRAIN, GRAPH, TRAIN))
    assert [passage.a.cell for passage in match.passages] == [1, 2, 3]
    assert sorted(passage.b.cell for passage in match.passages) in ([1, 2, 3], [1, 3, 4])


def test_longest_passage_wins() -> None:
    half = TRAIN[: len(TRAIN) // 2]
    (passage,) = compare(printed(TRAIN), printed(half, TRAIN)).passages
    assert (passage.b, passage.tokens) == (Span(2, 2, 16), len(code_tokens(TRAIN)))


def test_tiles_use_every_token_once() -> None:
    runs = [_Run(100, 40, 50), _Run(20, 30, 45), _Run(10, 150, 40), _Run(60, 0, 20)]
    assert list(_tiles(runs, 200, 200, 5)) == [_Run(100, 40, 50), _Run(20, 30, 10), _Run(60, 0, 20)]


def test_long_copy_is_read_once_and_not_once_for_every_hash() -> None:
    start = process_time()
    one = printed("x" + "".join(f".a{n}" for n in range(20_000)))
    assert compare(one, one).passages == (Passage(Span(1, 1, 1), Span(1, 1, 1), 40_001),)
    assert process_time() - start < 10


def test_code_that_repeats_itself_comes_to_an_end() -> None:
    start = process_time()
    same, other = printed("x = f(y)\n" * 20_000), printed("x = f(y)\n" * 20_001)
    assert compare(same, other).score == 1.0
    assert process_time() - start < 10
    assert len(same.code.tokens) == MAX_TOKENS


def test_fingerprint_of_little_or_nothing() -> None:
    assert compare(printed(), printed(TRAIN)).score == 0.0
    assert compare(printed("x = 1"), printed("x = 1")).score == 0.0
    assert printed("x = 1").code.marks == ()


def test_marks_know_cell_and_lines() -> None:
    one = printed("#:text", TRAIN, GRAPH)
    assert {mark.cell for mark in one.code.marks} == {2, 3}
    for mark in one.code.marks:
        places = range(mark.start, mark.start + CODE_RUN)
        lines = [one.code.lines[place] for place in places if one.code.cells[place] == mark.cell]
        assert (mark.first, mark.last) == (lines[0], lines[-1])
        assert one.code.cells[mark.start] == mark.cell
    assert any(mark.last > mark.first for mark in one.code.marks)


blocks = st.lists(
    st.sampled_from([TRAIN, RENAMED, SCHEDULE, GRAPH, PLOT, SAMPLE, "#:" + TEXT, "x = (", "%%bash\nls"]), max_size=6
)


@settings(deadline=None)
@given(blocks, blocks)
def test_scores_do_not_depend_on_the_order(one: list[str], other: list[str]) -> None:
    there, back = compare(printed(*one), printed(*other)), compare(printed(*other), printed(*one))
    assert (there.score, there.text_score, there.shared) == (back.score, back.text_score, back.shared)
    assert 0 <= there.score <= 1
    tokens = [sum(passage.tokens for passage in match.passages) for match in (there, back)]
    assert tokens[0] == tokens[1] <= min(len(printed(*one).code.tokens), len(printed(*other).code.tokens))


@settings(deadline=None)
@given(blocks)
def test_notebook_is_wholly_like_itself(sources: list[str]) -> None:
    one = printed(*sources)
    match = compare(one, one)
    assert (match.score, match.text_score) == (float(bool(one.code.marks)), float(bool(one.text.marks)))


names = sorted({*re.findall(r"(?<![.\w])[a-z_]\w*", TRAIN)} - BUILTINS - {*keyword.kwlist} - {"Fit", "the", "and"})


@settings(deadline=None)
@given(st.permutations([f"renamed_{n}" for n in range(len(names))]), st.booleans())
def test_renaming_and_commenting_keep_the_fingerprint(new_names: Sequence[str], commented: bool) -> None:
    table = dict(zip(names, new_names, strict=True))
    renamed = re.sub(r"(?<![.\w])[a-z_]\w*", lambda match: table.get(match[0], match[0]), TRAIN)
    if commented:
        renamed = renamed.replace("\n", "  # my own words\n").replace('"""  # my own words', '"""')
    assert printed(renamed).code.tokens == printed(TRAIN).code.tokens
    assert (
        compare(printed(renamed, GRAPH), printed(SAMPLE, TRAIN)).shared
        == compare(printed(TRAIN, GRAPH), printed(SAMPLE, TRAIN)).shared
    )


# --- template ---------------------------------------------------------------------------------------------------


def test_template_alone_is_no_match() -> None:
    template = template_hashes([printed(TRAIN, "#:" + TEXT)])
    a, b = printed(TRAIN, "#:" + TEXT, GRAPH), printed(TRAIN, "#:" + TEXT, SAMPLE)
    match = compare(a, b, template=template)
    assert (match.score, match.text_score, match.passages, match.text_passages) == (0.0, 0.0, (), ())
    assert rank({"a": a, "b": b}, template=template) == []
    assert len(rank({"a": a, "b": b})) == 1


def test_template_does_not_hide_what_else_is_shared() -> None:
    template = template_hashes([printed(TRAIN)])
    match = compare(printed(TRAIN, GRAPH), printed(SCHEDULE, TRAIN, GRAPH), template=template)
    assert [(passage.a, passage.b) for passage in match.passages] == [(Span(2, 2, 10), Span(3, 2, 10))]
    assert match.score > 0.5


def test_template_with_one_line_filled_in_alike_is_no_match() -> None:
    hole = TRAIN.replace("loss = criterion(model(batch), labels)", "loss = ...  # fill in")
    template = template_hashes([printed(hole)])
    match = compare(printed(TRAIN, GRAPH), printed(TRAIN, SAMPLE), template=template)
    assert (match.score, match.passages) == (0.0, ())


def test_what_half_of_a_cohort_has_counts_as_template() -> None:
    own = [GRAPH, SCHEDULE, PLOT, SAMPLE, "#:" + TEXT, "a\n", "b\n", "c\n"]
    cohort = [printed(TRAIN, one) if n < 4 else printed(one) for n, one in enumerate(own)]
    assert compare(cohort[0], cohort[1], template=template_hashes(cohort=cohort)).shared == 0
    assert compare(cohort[0], cohort[1], template=template_hashes(cohort=[*cohort, printed()])).shared > 0
    assert compare(cohort[0], cohort[1], template=template_hashes(cohort=[*cohort, printed()], share=0.4)).shared == 0


def test_what_three_of_a_small_cohort_share_is_no_template() -> None:
    cohort = [printed(TRAIN), printed(TRAIN), printed(TRAIN)]
    assert template_hashes(cohort=cohort) == frozenset()
    assert template_hashes(cohort=cohort, fewest=3) != frozenset()


# --- ranking ----------------------------------------------------------------------------------------------------


def cohort_of(size: int, seed: int = 0) -> dict[str, Fingerprint]:
    """Notebooks that share nothing but a few idioms: every line is drawn by chance."""
    chance = random.Random(seed)
    methods = [f".method_{n}" for n in range(50)]
    pieces = [*methods, " + ", "(", ")", " = ", "[", "]", "\nfor x in ", "\nif ", ", ", " * ", "\n"]
    return {f"{n:03}": printed("x".join(chance.choices(pieces, k=400))) for n in range(size)}


def test_rank_names_the_pairs_with_most_first() -> None:
    cohort = {
        "honest": printed(SAMPLE, "#:Nothing to see here at all, dear reader, move on please"),
        "whole": printed(TRAIN, GRAPH, SCHEDULE),
        "source": printed(TRAIN, GRAPH, SCHEDULE, PLOT),
        "part": printed(
            RENAMED, "#:" + TEXT, *(f"y = x.a{n}().b{n}() + {n} - z.c{n} * w.d{n}(z)[{n}]" for n in range(60))
        ),
    }
    ranked = rank(cohort)
    first, *others = [(a, b) for a, b, _ in ranked]
    assert (first, set(others)) == (("source", "whole"), {("part", "source"), ("part", "whole")})
    assert all(match == compare(cohort[a], cohort[b]) for a, b, match in ranked)


def test_rank_finds_one_copied_function_in_long_notebooks() -> None:
    cohort = cohort_of(6)
    filler = "\n".join(f"y = x.a{n}().b{n}() + {n}" for n in range(500))
    cohort |= {
        "copy": printed(filler, RENAMED),
        "other": printed(filler.replace(".a", ".q").replace(".b", ".r"), TRAIN),
    }
    ((a, b, match),) = rank(cohort)
    assert (a, b) == ("copy", "other")
    assert match.score < 0.1
    assert match.passages[0].tokens >= 90


def test_rank_finds_copied_text() -> None:
    ((a, b, match),) = rank({"a": printed("#:" + TEXT, GRAPH), "b": printed(PLOT, "#:" + TEXT)})
    assert (a, b, match.score, match.text_score) == ("a", "b", 0.0, 1.0)


def test_rank_obeys_its_limits() -> None:
    cohort = {name: printed(TRAIN, GRAPH) for name in "abcd"}
    assert len(rank(cohort)) == 6
    assert [(a, b) for a, b, _ in rank(cohort, most=2)] == [("a", "b"), ("a", "c")]
    assert rank(cohort, least=1000) == []
    assert [(a, b) for a, b, _ in rank(cohort, skip=lambda a, b: "a" in {a, b})] == [("b", "c"), ("b", "d"), ("c", "d")]


def test_rank_is_the_same_whatever_the_order() -> None:
    cohort = {
        "a": printed(TRAIN, GRAPH),
        "b": printed(GRAPH, PLOT),
        "c": printed(PLOT, TRAIN),
        "d": printed("#:" + TEXT, SAMPLE),
    }
    backwards = dict(reversed(cohort.items()))
    assert rank(cohort) == rank(backwards)
    assert len(rank(cohort)) == 3


def test_rank_of_nothing() -> None:
    assert rank({}) == []
    assert rank({"a": printed(TRAIN)}) == []
