"""Which works share more than the template: for organizers to look at, and the record of what came of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import OperationalError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.domain.refusals import Refusal
from accounts.models import User
from courses.models import Seminar
from courses.services import record
from submissions.domain.fingerprint_notebook import prints
from submissions.domain.naming import display_name
from submissions.domain.similarity import Fingerprint, Match, Passage, compare, rank, template_hashes
from submissions.models import CASE_TRANSITIONS, SimilarityCase, TemplateFile, UploadSlot, Version
from submissions.queries import comparable_versions, latest_versions
from submissions.services import files
from submissions.services.arrival import no_room
from submissions.services.derived import PRINTS, kept_answer

FRESH = 40  # notebooks that one request reads for the first time; the sweep has usually been there before


@dataclass(frozen=True)
class Pair:
    """Two works of different people, `first` being of this seminar, with what they share and the case that was opened."""

    first: Version
    second: Version
    match: Match
    case: SimilarityCase | None


@dataclass(frozen=True)
class Ranking:
    """pairs: the most alike first, the best pair of each two people; waiting: notebooks that have not been read yet."""

    pairs: tuple[Pair, ...]
    waiting: int


def rank_works(seminar: Seminar, user: User) -> Ranking:
    """Every notebook of the seminar and its versions, against the cohort and the earlier seminars that `user` organizes."""
    versions = {str(version.pk): version for version in comparable_versions(user)}
    known, waiting = _prints(versions)
    people = {key: version.submission.participant.user_id for key, version in versions.items()}
    here = {key for key, version in versions.items() if version.submission.participant.seminar_id == seminar.pk}

    def skip(a: str, b: str) -> bool:
        return people[a] == people[b] or not here & {a, b}

    cases = {frozenset((c.first_id, c.second_id)): c for c in SimilarityCase.objects.filter(seminar=seminar)}
    best: dict[frozenset[int], Pair] = {}
    for a, b, match in rank(known, template=_template(seminar, known, versions), most=2_000, skip=skip):
        first, second = (versions[a], versions[b]) if a in here else (versions[b], versions[a])
        case = cases.get(frozenset((first.pk, second.pk)))
        best.setdefault(frozenset((people[a], people[b])), Pair(first, second, match, case))
    return Ranking(tuple(best.values())[:200], waiting)


def compare_works(seminar: Seminar, user: User, first: Version, second: Version) -> tuple[Match, list[Any]]:
    """What two works share, with the lines of each passage side by side: (passage, lines of the first, lines of the second)."""
    versions = {str(version.pk): version for version in comparable_versions(user)}
    known, _waiting = _prints(versions)
    keys = str(first.pk), str(second.pk)
    if not known.keys() >= set(keys):
        raise Refusal("unreadable", _("One of the two notebooks could not be read, so they cannot be compared."))
    match = compare(known[keys[0]], known[keys[1]], template=_template(seminar, known, versions))
    sources = [kept_answer(PRINTS, version.stored_name)["sources"] for version in (first, second)]
    passages = sorted([*match.passages, *match.text_passages], key=lambda passage: -passage.tokens)
    return match, [(passage, *_lines(passage, sources)) for passage in passages]


def _prints(versions: Mapping[str, Version]) -> tuple[dict[str, Fingerprint], int]:
    """The fingerprints of what can be read, and how many have not been read yet."""
    known, fresh, waiting = {}, FRESH, 0
    for key, version in versions.items():
        answer = kept_answer(PRINTS, version.stored_name, ask=fresh > 0)
        if answer is None:
            waiting += 1
            continue
        fresh -= answer.get("fresh", 0)
        try:
            known[key] = prints(answer)
        except (KeyError, TypeError, ValueError):
            continue  # no notebook after all
    return known, waiting


def _template(seminar: Seminar, known: Mapping[str, Fingerprint], versions: Mapping[str, Version]) -> frozenset[int]:
    """What the organizers gave out, and what half of the seminar's students have."""
    slots = list(UploadSlot.objects.filter(milestone__seminar=seminar))
    students = {version.submission.participant_id for version in versions.values()}
    newest: dict[int, Version] = {}
    for (_slot, participant), version in latest_versions(slots, students).items():
        newest[participant] = version
    cohort = [known[str(version.pk)] for version in newest.values() if str(version.pk) in known]
    given = []
    for template in TemplateFile.objects.filter(slot__in=slots):
        try:
            given.append(prints(kept_answer(PRINTS, template.stored_name) or {}))
        except (KeyError, TypeError, ValueError):
            continue
    return template_hashes(given, cohort)


def _lines(passage: Passage, sources: Iterable[list[str]]) -> list[list[str]]:
    spans = (passage.a, passage.b)
    return [
        source[span.cell - 1].split("\n")[span.first - 1 : span.last]
        for span, source in zip(spans, sources, strict=True)
    ]


def add_template(slot: UploadSlot, file: UploadedFile[bytes] | None, *, by: User, now: datetime) -> TemplateFile:
    """Keep a notebook that the organizers gave out; the same one twice is kept once."""
    if file is None or not file.size:
        raise Refusal("file_missing", _("No file arrived. Please choose one and send it again."))
    try:
        incoming = files.take_in(file)
        try:
            if files.content_problem(incoming.path, ".ipynb"):
                raise Refusal("not_a_notebook", _("This is not a Jupyter notebook; nothing was kept."))
            files.keep(incoming)
        finally:
            incoming.path.unlink(missing_ok=True)
        name = display_name(file.name or "", ".ipynb")
        return TemplateFile.objects.get_or_create(
            slot=slot, sha256=incoming.sha256, defaults={"name": name, "uploaded_by": by, "uploaded_at": now}
        )[0]
    except (OSError, OperationalError) as error:
        if not no_room(error):
            raise
        raise Refusal("no_room", _("The server has no room left; nothing was kept."), status=507) from error


@transaction.atomic
def open_case(
    seminar: Seminar, first: Version, second: Version, match: Match, *, by: User, now: datetime
) -> SimilarityCase:
    """Note that two works were found alike, with the evidence as it is now; a case that exists is given back."""
    first, second = sorted((first, second), key=lambda version: version.pk)
    evidence = {
        "score": round(match.score, 4),
        "text_score": round(match.text_score, 4),
        "shared": match.shared,
        "text_shared": match.text_shared,
        "passages": [[list(p.a), list(p.b), p.tokens] for p in (*match.passages, *match.text_passages)][:100],
        "sha256": [first.sha256, second.sha256],
    }
    case, created = SimilarityCase.objects.get_or_create(
        first=first,
        second=second,
        defaults={"seminar": seminar, "evidence": evidence, "opened_by": by, "opened_at": now},
    )
    if created:
        record(seminar, gettext_noop("similarity case"), now=now, actor=by, new=f"{case.pk}: open")
    return case


@transaction.atomic
def save_case(
    case: SimilarityCase, words: Mapping[str, str], *, state: str, revision: int, by: User, now: datetime
) -> SimilarityCase:
    """Write what was said and decided; a decision needs its reasons, and a stale save changes nothing."""
    case = SimilarityCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
    if case.revision != revision:
        raise Refusal("stale", _("Somebody else has changed this case in the meantime; nothing was saved."), status=409)
    if state != case.state and state not in CASE_TRANSITIONS[case.state]:
        raise Refusal("not_possible", _("A case that was decided must be opened again first; nothing was saved."))
    if state != "open" and not words.get("decision"):
        raise Refusal("reason_missing", _("A decision needs its reasons; nothing was saved."))
    old, case.state = case.state, state
    for name in ("statement", "decision", "effect"):
        setattr(case, name, words.get(name, ""))
    if state != old:
        decided = state != "open"
        case.decided_by, case.decided_at = (by, now) if decided else (None, None)
    case.revision += 1
    case.save()
    digest = hashlib.sha256(json.dumps(dict(words), sort_keys=True).encode()).hexdigest()[:12]
    record(
        case.seminar,
        gettext_noop("similarity case"),
        now=now,
        actor=by,
        old=f"{case.pk}: {old}",
        new=f"{case.pk}: {state} ({digest})",
        reason=words.get("decision", "")[:250],
    )
    return case
