"""Review plans of every size against oracles that share no code with them: all plans of six people, and maximum flow."""

import re
from collections import Counter
from functools import cache
from itertools import combinations
from random import Random

import networkx as nx
import pytest

from reviews.domain import assignment_search
from reviews.domain.assignment import AssignmentImpossible, assign_reviews
from reviews.domain.nearest import nearest_plan
from tests.reviews.test_assignment import check, mutual, score
from tests.reviews.test_nearest import check_best, check_nearest, exact_plan, simplex

PEOPLE, COUNTS = range(1, 41), range(1, 5)
# Beyond six people the number of mutual pairs is no promise once there are rules; the search for it is kept short.
SHORT = 2_000


@cache
def all_plans(people, count):
    """List every plan of a few people as a mask of pairs and its number of mutual pairs."""
    plans = []

    def extend(reviewer, plan, load):
        if reviewer == people:
            plans.append((plan, mutual(pairs_of(plan, people))))
            return
        for row in combinations([a for a in range(people) if a != reviewer and load[a] < count], count):
            more = [number + (author in row) for author, number in enumerate(load)]
            # Those who are still to write have to be enough for everybody.
            if all(count - number <= people - 1 - reviewer for number in more):
                extend(reviewer + 1, plan | sum(1 << reviewer * people + author for author in row), more)

    extend(0, 0, [0] * people)
    return plans


def pairs_of(mask, people):
    return {divmod(bit, people) for bit in range(people * people) if mask >> bit & 1}


def mask_of(pairs, people):
    return sum({1 << r * people + a for r, a in pairs})


def fewest(people, count, forbidden=(), fixed=(), previous=()):
    """Return the fewest mutual pairs and then the fewest changes of all plans, or None if there is none."""
    no, must, old = (mask_of(pairs, people) for pairs in (forbidden, fixed, previous))
    plans = [(two, plan) for plan, two in all_plans(people, count) if not plan & no and plan & must == must]
    return min(((two, (plan & ~old).bit_count()) for two, plan in plans), default=None)


def is_possible(people, count, forbidden, fixed):
    """Tell whether there is a plan, by a maximum flow of what the fixed pairs leave."""
    if any(number > count for side in (0, 1) for number in Counter(pair[side] for pair in fixed).values()):
        return False
    if set(fixed) & set(forbidden):
        return False
    graph = nx.DiGraph()
    for person in range(people):
        graph.add_edge("source", (0, person), capacity=count - sum(r == person for r, _ in fixed))
        graph.add_edge((1, person), "sink", capacity=count - sum(a == person for _, a in fixed))
        others = set(range(people)) - {person} - {a for r, a in {*fixed, *forbidden} if r == person}
        graph.add_edges_from((((0, person), (1, author)) for author in others), capacity=1)
    return nx.maximum_flow_value(graph, "source", "sink") == people * count - len(fixed)


def is_true(sentence, people, count, forbidden, fixed):
    """Work out anew what a reason says."""
    pairs = {(r, a) for r in range(people) for a in range(people) if r != a} - set(forbidden)
    listed = {int(number) for number in re.findall(r"\d+", "".join(re.findall(r"\((.*)\)", sentence)))}
    if match := re.fullmatch(
        r"(\d+) reviewers? cannot each write .*, so with \d+ authors? each has at most (\d+).*", sentence
    ):
        return int(match[1]) == people and int(match[2]) == people - 1 < count
    if match := re.fullmatch(r"(\d+) cannot be fixed to review (\d+): the pair is also forbidden\.", sentence):
        return (int(match[1]), int(match[2])) in set(fixed) & set(forbidden)
    if match := re.fullmatch(r"(\d+) is fixed to (write|get) (\d+) reviews, but each \w+ \w+ (\d+)\.", sentence):
        has = sum(pair[match[2] == "get"] == int(match[1]) for pair in fixed)
        return has == int(match[3]) > int(match[4]) == count
    if match := re.fullmatch(
        r"(Reviewer|Author) (\d+) has only (\d+) allowed .*, but must \w+ (\d+) reviews?\.", sentence
    ):
        side = match[1] == "Author"
        partners = {pair[not side] for pair in pairs if pair[side] == int(match[2])}
        return partners == listed and len(partners) == int(match[3]) < int(match[4]) == count
    match = re.fullmatch(
        r"(Reviewer|Author)s? (.*) may only .*review(?:ed by)? (.*): (\d+) places? for (\d+) reviews?(.*)\.", sentence
    )
    side = match[1] == "Author"
    members, partners = ({int(number) for number in re.findall(r"\d+", text)} for text in match.group(2, 3))
    allowed = [pair if not side else pair[::-1] for pair in pairs if pair[side] in members]
    taken = Counter(pair[not side] for pair in fixed if pair[side] not in members)
    places = sum(min(sum(q == p for _, q in allowed), count - taken[p]) for p in partners)
    assert match[6] == (" once the fixed pairs are set" if fixed else "")
    return {q for _, q in allowed} == partners and places == int(match[4]) < int(match[5]) == count * len(members)


def assign(people, count, rules, seed=0):
    """Return the plan, or None and the reasons."""
    everyone = range(people)
    try:
        plan = assign_reviews(everyone, everyone, per_reviewer=count, per_submission=count, **rules, seed=seed)
    except AssignmentImpossible as impossible:
        return None, impossible.reasons
    return plan, ()


def planted(people, count, random):
    """Draw rules around a plan without mutual pairs, so that there is one."""
    order = random.sample(range(people), people)
    steps = random.sample([random.choice((step, people - step)) for step in range(1, (people + 1) // 2)], count)
    plan = [(order[i], order[(i + step) % people]) for step in steps for i in range(people)]
    density = random.choice([0, 0.1, 0.3, 0.6, 0.8, 0.9])
    others = sorted({(r, a) for r in range(people) for a in range(people) if r != a} - set(plan))
    return {
        "forbidden": [pair for pair in others if random.random() < density],
        "fixed": random.sample(plan, random.randint(0, len(plan) // 3)),
        "previous": [pair for pair in others + plan if random.random() < 0.1],
    }


def wild(people, _count, random):
    """Draw rules that may contradict each other or leave no plan."""
    pairs = [(r, a) for r in range(people) for a in range(people) if r != a]
    forbidden = random.sample(pairs, int(len(pairs) * random.choice([0, 0.1, 0.3, 0.5, 0.8])))
    fixed = random.sample(pairs, min(len(pairs), random.choice([0, 1, 3, people // 2])))
    return {
        "forbidden": set(forbidden) - set(fixed) if random.random() < 0.9 else forbidden,
        "fixed": fixed,
        "previous": random.sample(pairs, len(pairs) // 4),
    }


def check_outcome(outcome, people, count, forbidden=(), fixed=()):
    """Assert the hard rules of a plan, or that there is none and every reason is true."""
    plan, reasons = outcome
    if plan is None:
        assert reasons
        assert all(is_true(reason, people, count, forbidden, fixed) for reason in reasons)
        assert not is_possible(people, count, forbidden, fixed)
    else:
        check(plan, range(people), range(people), count, count, forbidden, fixed)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("people", PEOPLE)
def test_plan_every_size_without_rules(people, count):
    plan, reasons = assign(people, count, {}, seed=people)
    check_outcome((plan, reasons), people, count)
    assert (plan is None) == (people <= count)
    if plan:
        # Every two people have one pair; what is written beyond that is mutual.
        assert mutual(plan) == max(0, people * count - people * (people - 1) // 2)
        assert people > 6 or mutual(plan) == fewest(people, count)[0]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("people", PEOPLE)
def test_plan_every_size_with_rules(people, count, monkeypatch):
    for seed in range(5):
        random = Random(f"{people} {count} {seed}")
        if people > 2 * count:
            rules = planted(people, count, random)
            plan, reasons = assign(people, count, rules, seed)
            assert not reasons
            check_outcome((plan, ()), people, count, rules["forbidden"], rules["fixed"])
            assert mutual(plan) == 0
        rules = wild(people, count, random)
        with monkeypatch.context() as patch:
            patch.setattr(assignment_search, "EFFORT", SHORT)
            outcome = assign(people, count, rules, seed)
        check_outcome(outcome, people, count, rules["forbidden"], rules["fixed"])


@pytest.mark.parametrize("exact", [True, False], ids=["table", "search"])
@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("people", range(1, 7))
def test_plan_few_people_is_the_best_of_all(people, count, exact, monkeypatch):
    if not exact:
        monkeypatch.setattr(assignment_search, "MOST_PEOPLE", 0)
    possible = Counter()
    for seed in range(40):
        rules = wild(people, count, Random(f"few {people} {count} {seed}"))
        plan, _ = assign(people, count, rules, seed)
        assert (None if plan is None else score(plan, rules["previous"])) == fewest(people, count, **rules)
        possible[plan is not None] += 1
    assert possible[False]
    assert possible[True] or people <= count


def history(seed):
    """Yield what is asked and what is planned each time that a round is drawn again."""
    random = Random(f"history {seed}")
    present, finished, forbidden, plan = set(range(random.randint(2, 6))), set(), set(), ()
    number = random.randint(1, 3)
    for _ in range(40):
        event = random.choice(["submit late", "submit late", "withdraw", "exclude", "finish", "finish", "draw", "draw"])
        if event == "submit late" and len(present) < 9:
            present.add(random.randrange(12))
        elif event == "withdraw" and len(present) > 1:
            present.remove(random.choice(sorted(present)))
        elif event == "exclude":
            forbidden.add((random.choice(sorted(present)), random.choice(sorted(present))))
        elif event == "finish" and plan:
            finished |= {random.choice(plan)} if len(finished) < 8 else set()
        elif event == "draw":
            # Reviews of those who have left are told to the plan, or not.
            fixed = sorted(finished) if seed % 2 else [pair for pair in sorted(finished) if set(pair) <= present]
            case = {"authors": sorted(present), "reviewers": sorted(present), "fixed": fixed, "previous": plan}
            case |= {"per_reviewer": number, "per_submission": number, "forbidden": sorted(forbidden), "seed": seed}
            found = nearest_plan(**case)
            yield case, found
            plan = found.pairs


@pytest.mark.parametrize("start", range(0, 200, 50))
def test_history_loses_nothing_and_moves_little(start):
    seen = Counter()
    for seed in range(start, start + 50):
        for case, found in history(seed):
            check_nearest(found, case)
            check_best(found, case, simplex(case))
            exact = exact_plan(case)
            if exact is not None:
                assert (found.pairs, found.idle, found.gaps) == (exact, {}, {})
                if len(case["authors"]) <= 6:
                    assert score(exact, case["previous"]) == fewest_of(case)
            seen[exact is not None] += 1
            seen["kept"] += not {person for pair in case["fixed"] for person in pair} <= set(case["authors"])
    assert min(seen[True], seen[False], seen["kept"]) >= 50


def fewest_of(case):
    """Return the fewest mutual pairs and changes for people with any numbers; fixed wins over forbidden."""
    place = {person: number for number, person in enumerate(case["authors"])}
    keys = "forbidden", "fixed", "previous"
    rules = {key: [(place[r], place[a]) for r, a in case[key] if {r, a} <= place.keys()] for key in keys}
    rules["forbidden"] = set(rules["forbidden"]) - set(rules["fixed"])
    return fewest(len(place), case["per_reviewer"], **rules)
