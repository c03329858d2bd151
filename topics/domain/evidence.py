"""What makes an allocation verifiable: a seed that is fixed beforehand, codes for names, and the way to derive it again."""

import hashlib
from collections.abc import Mapping
from typing import Any

from topics.domain.allocation import Allocation, allocate


def commitment(seed: int, nonce: str) -> str:
    """The SHA-256 that is shown before the deadline; afterwards seed and nonce are shown and must give it."""
    return hashlib.sha256(f"{nonce}:{seed}".encode()).hexdigest()


def code_of(salt: str, person: int) -> str:
    """The code under which a person takes part in the draw; shown to them before the deadline, so that it cannot be chosen later.

    The salt stays secret: ids of people are no secret, and with the salt anybody could turn codes into people.
    """
    return hashlib.sha256(f"{salt}:{person}".encode()).hexdigest()[:10]


def solve(document: Mapping[str, Any], **other: Any) -> Allocation[str, int]:
    """Compute a document's allocation again; `other` replaces parts of its input.

    document: preferences {code: [[topic, …], …]}, capacities {"topic": seats}, pinned {code: topic},
    forbidden [[code, topic], …], previous {code: topic}, objective, change_cost, seed.
    """
    document = {**document, **other}
    return allocate(
        {code: [frozenset(rank) for rank in ranks] for code, ranks in document["preferences"].items()},
        {int(topic): seats for topic, seats in document["capacities"].items()},
        objective=document["objective"],
        pinned=document["pinned"],
        forbidden=[(code, topic) for code, topic in document["forbidden"]],
        previous=document["previous"],
        change_cost=document["change_cost"],
        seed=document["seed"],
    )


def verify(document: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that does not hold of a published document; empty where all holds."""
    problems = []
    if commitment(document["seed"], document["nonce"]) != document["commitment"]:
        problems.append("Seed and nonce do not give the hash that was shown before the deadline.")
    result = solve(document)
    derived = result.assignment
    if list(result.profile) != list(document["profile"]):
        problems.append(
            f"{list(document['profile'])} was published of the ranks, but the rule gives {list(result.profile)}."
        )
    for code in sorted(derived.keys() | document["assignment"].keys()):
        published, again = document["assignment"].get(code), derived.get(code)
        if published != again:
            problems.append(f"{code}: topic {published} was published, but the rule gives {again}.")
    return problems
