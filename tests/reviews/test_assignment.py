"""Tests of the review plan: hard rules, optimality against brute force, sentences, and repeatability."""

import os
import re
import subprocess
import sys
from collections import Counter
from itertools import combinations
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviews.domain import assignment_search
from reviews.domain.assignment import AssignmentImpossible, assign_reviews

ROOT = Path(__file__).parents[2]
NAMES = ["Ann", "Bob", "Cem", "Dee", "Eva", "Fay", "Gus"]


def mutual(plan):
    """Count the pairs of people who review each other."""
    pairs = set(plan)
    return sum((b, a) in pairs for a, b in pairs) // 2


def check(plan, authors, reviewers, per_reviewer, per_submission, forbidden=(), fixed=()):
    """Assert every hard rule."""
    assert len(set(plan)) == len(plan)
    assert Counter(r for r, _ in plan) == {r: per_reviewer for r in reviewers if per_reviewer}
    assert Counter(a for _, a in plan) == {a: per_submission for a in authors if per_submission}
    assert all(r != a for r, a in plan)
    assert not set(plan) & set(forbidden)
    assert set(fixed) <= set(plan)


def every_plan(case):
    """Yield every plan that keeps the hard rules, by trying all choices of one reviewer after the other."""
    get = case["per_submission"]

    def extend(i, plan, load):
        if i == len(case["reviewers"]):
            if all(load[a] == get for a in case["authors"]) and set(case["fixed"]) <= set(plan):
                yield plan
            return
        reviewer = case["reviewers"][i]
        free = [
            a for a in case["authors"] if a != reviewer and load[a] < get and (reviewer, a) not in case["forbidden"]
        ]
        for row in combinations(free, case["per_reviewer"]):
            yield from extend(i + 1, [*plan, *((reviewer, a) for a in row)], load + Counter(row))

    yield from extend(0, [], Counter())


def score(plan, previous):
    """Return the mutual pairs and the changes, which is what a plan is judged by, in this order."""
    return mutual(plan), len(set(plan) - set(previous))


@st.composite
def small_cases(draw):
    """Draw up to six people, some of whom only write or only review, with rules dense enough to fail."""
    shape = st.sampled_from([(4, 4, 1, 1), (4, 4, 2, 2), (5, 5, 1, 1), (5, 5, 2, 2), (5, 5, 3, 3), (6, 6, 1, 1)])
    odd_shape = st.sampled_from([(3, 6, 1, 2), (4, 2, 2, 4), (6, 4, 2, 3), (3, 2, 2, 3), (4, 3, 3, 4), (4, 4, 3, 3)])
    reviewers, authors, write, get = draw(st.one_of(shape, odd_shape))
    shift = draw(st.sampled_from([0, 0, 1]))
    case = {"reviewers": list(range(reviewers)), "authors": list(range(shift, authors + shift))}
    pair = st.tuples(st.sampled_from(case["reviewers"]), st.sampled_from(case["authors"]))
    return case | {
        "per_reviewer": write,
        "per_submission": get,
        "forbidden": draw(st.lists(pair, max_size=8)),
        "fixed": draw(st.lists(pair, max_size=draw(st.sampled_from([0, 0, 1, 2])))),
        "previous": draw(st.lists(pair, max_size=14, unique=True)),
        "seed": draw(st.integers(0, 3)),
    }


def solve(case):
    return assign_reviews(**case)


def reasons(*args, **kwargs):
    with pytest.raises(AssignmentImpossible) as caught:
        assign_reviews(*args, **kwargs)
    assert str(caught.value) == " ".join(caught.value.reasons)
    return caught.value.reasons


@given(st.integers(4, 30), st.integers(1, 3), st.integers(0, 5))
@settings(deadline=None, max_examples=150)
def test_plan_any_size(people, count, seed):
    everyone = range(people)
    plan = assign_reviews(everyone, everyone, per_reviewer=count, per_submission=count, seed=seed)
    check(plan, everyone, everyone, count, count)
    assert plan == tuple(sorted(plan))
    # With too few people every pair of them is used, and what is left over has to be mutual.
    assert mutual(plan) == max(0, -(-people * (2 * count - people + 1) // 2))


@pytest.mark.parametrize("people", range(2, 13))
def test_mutual_unavoidable_any_count(people):
    for count in range(1, people):
        plan = assign_reviews(range(people), range(people), per_reviewer=count, per_submission=count)
        check(plan, range(people), range(people), count, count)
        assert mutual(plan) == max(0, -(-people * (2 * count - people + 1) // 2))


def test_plan_seven_people():
    plan = assign_reviews(NAMES, NAMES)
    assert len(plan) == 21
    assert mutual(plan) == 0


def test_plan_four_people():
    plan = assign_reviews(NAMES[:4], NAMES[:4])
    assert set(plan) == {(r, a) for r in NAMES[:4] for a in NAMES[:4] if r != a}


def test_plan_four_hundred_people():
    forbidden = {(r, a) for r in range(400) for a in range(400) if r // 4 == a // 4}
    plan = assign_reviews(range(400), range(400), forbidden=forbidden)
    check(plan, range(400), range(400), 3, 3, forbidden)
    assert mutual(plan) == 0


@pytest.mark.parametrize("size", [(0, 0, 3, 3), (0, 5, 0, 3), (5, 0, 3, 0), (5, 5, 0, 0)])
def test_plan_nothing_to_do(size):
    authors, reviewers, write, get = size
    assert assign_reviews(range(authors), range(reviewers), per_reviewer=write, per_submission=get) == ()


def test_plan_repeated_ids():
    assert assign_reviews([*NAMES, "Ann"], [*NAMES, "Bob"]) == assign_reviews(NAMES, NAMES)


def test_plan_ids_of_two_types():
    people = [1, 2, 3, "1", "2", "3", "4"]
    check(assign_reviews(people, people), people, people, 3, 3)


@given(st.integers(6, 24), st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=80)
def test_plan_forbidden_and_fixed(people, random):
    everyone = range(people)
    truth = assign_reviews(everyone, everyone, per_reviewer=2, per_submission=2, seed=random.randrange(9))
    fixed = random.sample(truth, people // 2)
    others = [(r, a) for r in everyone for a in everyone if (r, a) not in truth]
    forbidden = random.sample(others, len(others) * random.randrange(1, 4) // 4)
    plan = assign_reviews(
        everyone, everyone, per_reviewer=2, per_submission=2, forbidden=forbidden, fixed=fixed, seed=17
    )
    check(plan, everyone, everyone, 2, 2, forbidden, fixed)


@pytest.mark.parametrize("exact", [True, False], ids=["table", "search"])
@given(case=small_cases())
@settings(deadline=None, max_examples=250)
def test_plan_against_brute_force(exact, case):
    best = min((score(plan, case["previous"]) for plan in every_plan(case)), default=None)
    with pytest.MonkeyPatch.context() as patch:
        if not exact:
            patch.setattr(assignment_search, "MOST_PEOPLE", 0)
        if best is None:
            with pytest.raises(AssignmentImpossible):
                solve(case)
            return
        plan = solve(case)
    sides = (case["authors"], case["reviewers"], case["per_reviewer"], case["per_submission"])
    check(plan, *sides, case["forbidden"], case["fixed"])
    assert score(plan, case["previous"]) == best


def test_previous_valid_plan_is_kept():
    for people in (4, 6, 7, 30):
        previous = assign_reviews(range(people), range(people), seed=1)
        assert assign_reviews(range(people), range(people), previous=previous, seed=2) == previous


def test_previous_one_person_left():
    before = assign_reviews(range(31), range(31))
    kept = {pair for pair in before if 30 not in pair}
    after = assign_reviews(range(30), range(30), previous=before, seed=5)
    check(after, range(30), range(30), 3, 3)
    assert mutual(after) == 0
    assert len(set(after) - kept) == 3


def test_previous_more_reviews_than_now():
    before = assign_reviews(range(20), range(20), per_reviewer=4, per_submission=4)
    after = assign_reviews(range(20), range(20), previous=before)
    assert set(after) < set(before)


def test_previous_ring_of_mutual_pairs():
    ring = [(i, (i + step) % 12) for i in range(12) for step in (1, 11)]
    plan = assign_reviews(range(12), range(12), per_reviewer=2, per_submission=2, previous=ring)
    assert score(plan, ring) == (0, 12)


def test_previous_mutual_beyond_the_effort(monkeypatch):
    previous = [(i, i ^ bit) for i in range(32) for bit in (1, 2, 4)]
    monkeypatch.setattr(assignment_search, "EFFORT", 0)
    plan = assign_reviews(range(32), range(32), previous=previous)
    check(plan, range(32), range(32), 3, 3)
    assert mutual(plan) <= 4


def test_mutual_pair_gives_way_to_fixed():
    people, fixed = [*NAMES, "Hal", "Ida"], [("Ann", "Bob"), ("Bob", "Ann")]
    plan = assign_reviews(people, people, fixed=fixed)
    check(plan, people, people, 3, 3, fixed=fixed)
    assert mutual(plan) == 1


def test_moderators_only_review():
    authors, reviewers = range(10), [*range(10), "mod-a", "mod-b"]
    plan = assign_reviews(authors, reviewers, per_reviewer=5, per_submission=6)
    check(plan, authors, reviewers, 5, 6)


def test_mutual_search_sparse_rules():
    # One review each along a graph of triangles in a ring: going round always avoids mutual pairs.
    edges = {(3 * t + i, 3 * t + j) for t in range(5) for i in range(3) for j in range(3) if i != j}
    edges |= {(3 * t, (3 * t + 4) % 15) for t in range(5)} | {((3 * t + 4) % 15, 3 * t) for t in range(5)}
    forbidden = {(r, a) for r in range(15) for a in range(15)} - edges
    for seed in range(10):
        plan = assign_reviews(range(15), range(15), per_reviewer=1, per_submission=1, forbidden=forbidden, seed=seed)
        check(plan, range(15), range(15), 1, 1, forbidden)
        assert mutual(plan) == 0


def test_seed_changes_plan():
    assert len({assign_reviews(range(12), range(12), seed=seed) for seed in range(-10, 10)}) == 20


def test_order_of_input_is_irrelevant():
    random = Random(4)
    forbidden = random.sample([(r, a) for r in range(20) for a in range(20)], 90)
    fixed = [(0, a) for a in range(1, 20) if (0, a) not in forbidden][:2]
    previous = random.sample([(r, a) for r in range(20) for a in range(20)], 80)
    plans = set()
    for _ in range(4):
        people = random.sample(range(20), 20)
        shuffled = [random.sample(pairs, len(pairs)) for pairs in (forbidden, fixed, previous)]
        pairs = dict(zip(("forbidden", "fixed", "previous"), shuffled, strict=True))
        plans.add(assign_reviews(iter(people), iter(people[::-1]), **pairs, seed=3))
    assert len(plans) == 1


def test_hash_seed_and_imports_in_fresh_process():
    code = (
        "import sys; from reviews.domain.assignment import assign_reviews as f;"
        "p = [f'user{i}' for i in range(15)] + list(range(5));"
        "old = set(f(p + ['gone'], p + ['gone']));"
        "print(f(set(p), set(p), forbidden={(a, b) for a in p[:9] for b in p[3:8]}, fixed={(0, 1), (0, 2)},"
        " previous=old, seed=7), 'django' in sys.modules)"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    assert len(outputs) == 1
    assert outputs.pop().endswith(") False\n")


@pytest.mark.parametrize("people", [*range(14), 50])
def test_plan_without_rules_is_the_one_that_the_search_finds(people):
    for count in range(5):
        for seed in (0, 1, 7):
            sizes = {"per_reviewer": count, "per_submission": count, "seed": seed}
            found = []
            for forbidden in ((), [("left", "gone")]):  # a rule about nobody who is there takes the long way
                try:
                    found.append(assign_reviews(range(people), range(people), forbidden=forbidden, **sizes))
                except AssignmentImpossible as error:
                    found.append(error.reasons)
            assert found[0] == found[1]


def test_plan_pinned_for_all_machines():
    plan = assign_reviews("abcde", "abcde", per_reviewer=1, per_submission=1, seed=1)
    assert " ".join(r + a for r, a in plan) == "ac bd ce da eb"


def test_reason_too_few_people():
    assert reasons(NAMES[:3], NAMES[:3]) == (
        (
            "3 reviewers cannot each write 3 reviews: nobody reviews their own work, "
            "so with 3 authors each has at most 2 to review."
        ),
    )


def test_reason_too_few_reviewers_for_an_author():
    assert reasons(["x", "y"], ["a", "b"], per_reviewer=1, per_submission=3)[1:] == (
        (
            "2 authors cannot each get 3 reviews: nobody reviews their own work, "
            "so with 2 reviewers each has at most 2 to ask."
        ),
    )


def test_reason_counts_differ():
    assert reasons(NAMES, NAMES[:6]) == (
        "7 authors x 3 reviews each need 21 reviews, but 6 reviewers x 3 reviews each give 18.",
    )


def test_reason_negative_count():
    assert reasons(NAMES, NAMES, per_reviewer=-1, per_submission=-1) == ("Nobody can write -1 and get -1 reviews.",)


def test_reason_fixed_pairs():
    fixed = [("Zoe", "Ann"), ("Ann", "Ann"), ("Bob", "Yan"), ("Cem", "Dee")]
    assert reasons(NAMES, NAMES, fixed=fixed, forbidden=[("Cem", "Dee")]) == (
        "Ann cannot be fixed to review Ann: nobody reviews their own work.",
        "Bob cannot be fixed to review Yan: Yan is not an author.",
        "Cem cannot be fixed to review Dee: the pair is also forbidden.",
        "Zoe cannot be fixed to review Ann: Zoe is not a reviewer.",
    )


def test_reason_too_many_fixed():
    assert reasons(NAMES, NAMES, fixed=[("Ann", name) for name in NAMES[1:5]]) == (
        "Ann is fixed to write 4 reviews, but each reviewer writes 3.",
    )
    assert reasons(NAMES, NAMES, fixed=[(name, "Ann") for name in NAMES[1:5]]) == (
        "Ann is fixed to get 4 reviews, but each author gets 3.",
    )


def test_reason_too_few_allowed():
    assert reasons(NAMES, NAMES, forbidden=[("Ann", name) for name in NAMES[:5]]) == (
        "Reviewer Ann has only 2 allowed authors (Fay and Gus), but must write 3 reviews.",
    )
    assert reasons(NAMES, NAMES, forbidden=[(name, "Ann") for name in NAMES[:6]]) == (
        "Author Ann has only 1 allowed reviewer (Gus), but must get 3 reviews.",
    )


def test_reason_reviewers_share_too_few_authors():
    forbidden = [(r, a) for r in NAMES[:3] for a in NAMES if a != "Dee"]
    sentence = r"Reviewers (\w+) and (\w+) may only review Dee: 1 place for 2 reviews\."
    found = reasons(NAMES, NAMES, per_reviewer=1, per_submission=1, forbidden=forbidden)
    match = re.fullmatch(sentence, " ".join(found))
    assert match
    assert set(match.groups()) < set(NAMES[:3])


def test_reason_authors_share_too_few_reviewers():
    forbidden = [(r, a) for a in NAMES[:3] for r in NAMES if r not in {"Dee", "Eva"}]
    assert reasons(NAMES, NAMES, per_reviewer=1, per_submission=1, forbidden=forbidden) == (
        "Authors Ann, Bob and Cem may only be reviewed by Dee and Eva: 2 places for 3 reviews.",
    )


def test_reason_fixed_pair_takes_the_place():
    forbidden = [(r, a) for r in NAMES[1:3] for a in NAMES if a not in {"Dee", "Eva"}]
    pairs = {"forbidden": forbidden, "fixed": [("Ann", "Dee")]}
    assert reasons(NAMES, NAMES, per_reviewer=1, per_submission=1, **pairs) == (
        "Reviewers Bob and Cem may only review Dee and Eva: 1 place for 2 reviews once the fixed pairs are set.",
    )


def test_reason_large_sets_are_counted():
    forbidden = [(r, a) for r in range(300) for a in range(280)]
    assert reasons(range(400), range(400), forbidden=forbidden) == (
        "101 authors may only be reviewed by 100 people: 300 places for 303 reviews.",
    )


@given(st.randoms(use_true_random=False))
@settings(deadline=None, max_examples=200)
def test_reason_cut_is_true(random):
    letters = "abcdefg"
    forbidden = {(r, a) for r in letters for a in letters if random.random() < 0.55}
    sides = {"Reviewers": lambda p, q: (p, q), "Authors": lambda p, q: (q, p)}
    try:
        assign_reviews(letters, letters, per_reviewer=2, per_submission=2, forbidden=forbidden)
    except AssignmentImpossible as impossible:
        sentence = r"(\w+) (.+) may only (?:review|be reviewed by) (.+): (\d+) places? for (\d+) reviews\."
        for match in filter(None, (re.fullmatch(sentence, reason) for reason in impossible.reasons)):
            members, partners = (re.split(", | and ", match[i]) for i in (2, 3))
            pair = sides[match[1]]
            allowed = {m: {p for p in letters if p != m and pair(m, p) not in forbidden} for m in members}
            assert set().union(*allowed.values()) == set(partners)
            assert int(match[4]) == sum(min(2, sum(p in allowed[m] for m in members)) for p in partners)
            assert int(match[4]) < int(match[5]) == 2 * len(members)
