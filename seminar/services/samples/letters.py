"""Every letter, in each of the shapes that it can have."""

from datetime import date

from courses.models import (
    Excuse,
    ExcuseState,
    MakeUp,
    ParticipantState,
)
from grading.models import AppealState, Part, RuleVersion
from notifications.queries import Trouble
from seminar.services.samples.facts import (
    ACCOUNTS,
    ADA,
    ANSWER,
    EARLIER,
    EVA,
    LATE,
    MEETING,
    NOON,
    NOTEBOOK,
    OTHER,
    REASON,
    RULE,
    SLOT,
    STUDENT,
    TALK,
    TASK,
    TOPIC,
    VERSION,
    WAS,
    WHY,
    WISH,
    WISHED,
    Context,
    account,
    appeal,
    due,
    left,
    moved,
    news,
    of_state,
    proposal,
    reminder,
    review,
    swap,
    topic,
)
from topics.models import (
    ExchangeKind,
    ExchangeState,
    Preference,
    ProposalState,
)

SAMPLES: dict[str, list[Context]] = {
    "account/email/login_code": [account(code="QX7F-2KLM", minutes=15)],
    "account/email/email_confirmation": [account(activate_url=ACCOUNTS + "confirm-email/MQ:1r/")],
    "account/email/email_confirmation_signup": [account(activate_url=ACCOUNTS + "confirm-email/MQ:1r/")],
    "account/email/password_reset_key": [account(password_reset_url=ACCOUNTS + "password/reset/key/1-c2/")],
    "account/email/unknown_account": [account(signup_url=ACCOUNTS + "signup/")],
    "account/email/account_already_exists": [account(password_reset_url=ACCOUNTS + "password/reset/")],
    "courses/email/participant_state": [
        *(of_state(state) for state in (ParticipantState.ADMITTED, ParticipantState.WAITING)),
        of_state(ParticipantState.WITHDRAWN),
        of_state(ParticipantState.WITHDRAWN, lapsed=True),
    ],
    "courses/email/place_offered": [{"until": NOON}],
    "courses/email/registration": [{}],
    "courses/email/session_moved": [{"session": TALK, "was": WAS}],
    "courses/email/schedule_changed": [
        {"title": "Talks 2", "changes": [("Talks 2", WAS, TALK)]},
        {"title": "Talks 2", "changes": [("Talks 2", "", TALK), ("Talks 3", WAS, None)]},
    ],
    "courses/email/excuse_asked": [
        {"session": TALK, "asks": STUDENT, "excuse": Excuse(pk=81, reason=WISHED)},
        {"session": TALK, "asks": STUDENT, "excuse": Excuse(pk=81)},
    ],
    "courses/email/excuse_decided": [
        {"session": TALK, "excuse": Excuse(pk=81, state=ExcuseState.GRANTED)},
        {"session": TALK, "excuse": Excuse(pk=81, state=ExcuseState.DECLINED, answer=ANSWER)},
    ],
    "courses/email/make_up": [
        {"session": TALK, "make_up": None},
        {"session": TALK, "make_up": MakeUp(task=TASK, until=date(2024, 2, 2))},
        {"session": TALK, "make_up": MakeUp(task=TASK, until=date(2024, 2, 2), done_on=date(2024, 2, 1))},
    ],
    "courses/email/mailing": [{"subject": "Talks 2", "text": "MAR 4.034\n\n- Talks 2"}],
    "courses/email/announcement": [news(None), news(NOON)],
    "milestones/email/reminder": [
        reminder(days_left=3, hours_left=72),
        reminder(["Notebook"], days_left=0, hours_left=1),
        reminder(["Notebook"], others=1, days_left=0, hours_left=24),
    ],
    "milestones/email/deadline_moved": [moved(before=due(), reason=REASON), moved(before=due(), reason="")],
    "milestones/email/deadlines_changed": [
        {"changes": [{"milestone": NOTEBOOK, "before": due(), "due": due(7)}]},
        {
            "changes": [
                {"milestone": NOTEBOOK, "before": due(), "due": None},
                {"milestone": NOTEBOOK, "before": None, "due": due()},
            ]
        },
    ],
    "milestones/email/extension": [moved(reason=REASON)],
    "milestones/email/extension_asked": [moved(asks=STUDENT, request=WISH)],
    "milestones/email/extension_declined": [moved(answer=ANSWER), moved(answer="")],
    "topics/email/preferences_received": [
        {
            "ranking": [Preference(topic=TOPIC, rank=1), Preference(topic=OTHER, rank=2)],
            "received_at": NOON,
        },
        {"ranking": [], "received_at": NOON},
    ],
    "topics/email/topic_assigned": [
        topic(),
        topic(old=OTHER, why=WHY),
        topic(topic=None, old=OTHER, talks=[]),
    ],
    "topics/email/topic_missing": [{}],
    "topics/email/talk_placed": [{"session": TALK, "old": EARLIER}, {"session": None, "old": EARLIER}],
    "topics/email/topic_excluded": [{"topic": TOPIC, "reason": REASON}],
    "topics/email/proposal_decided": [proposal(ProposalState.ACCEPTED), proposal(ProposalState.DECLINED)],
    "topics/email/exchange_asked": [swap(ExchangeKind.TOPICS), swap(ExchangeKind.TALKS)],
    "topics/email/exchange_agreed": [swap(kind, ExchangeState.AGREED) for kind in ExchangeKind],
    "topics/email/exchange_closed": [swap(kind, ExchangeState.DECLINED) for kind in ExchangeKind],
    "topics/email/talk_moved": [{"session": TALK, "old": EARLIER}],
    "submissions/email/upload_received": [
        {"slot": SLOT, "version": VERSION, "signature": "gAAAA"},
        {"slot": SLOT, "version": LATE, "signature": "gAAAA"},
    ],
    "submissions/email/version_chosen": [
        {"slot": SLOT, "version": VERSION, "chosen_by": ADA},
        {"slot": SLOT, "version": VERSION, "chosen_by": EVA},
    ],
    "reviews/email/reviews_assigned": [{"due": due(), "count": 3}, {"due": due(), "count": 1}],
    "reviews/email/review_delivered": [review(for_author=True), review(for_author=False)],
    "grading/email/grade_released": [{}],
    "grading/email/appeal_message": [
        appeal(AppealState.OPEN, for_student=False),
        appeal(AppealState.CHANGED, for_student=True),
    ],
    "grading/email/meeting_booked": [{"meeting": MEETING}],
    "grading/email/meeting_cancelled": [
        {"meeting": MEETING, "reason": REASON},
        {"meeting": MEETING, "reason": ""},
    ],
    "grading/email/part_released": [{"part": Part(title="Talks")}],
    "grading/email/rule_changed": [
        {"old": RULE, "version": RuleVersion(data=RULE | {"absences_allowed": 2}, reason=REASON)},
        {"old": RULE, "version": RuleVersion(data=RULE | {"undecided_margin": "0.05"})},
    ],
    "grading/email/meeting_reminder": [{"meeting": MEETING}],
    "seminar/email/student_left": [left(topic=TOPIC, offered=0), left(topic=None, offered=1)],
    "seminar/email/letters_stuck": [
        {"at": NOON, "trouble": Trouble("sample", waiting=2, since=NOON, failed=0, mark="")},
        {"at": NOON, "trouble": Trouble("sample", waiting=1, since=NOON, failed=1, mark="")},
        {"at": NOON, "trouble": Trouble("", waiting=0, since=None, failed=3, mark=""), "seminar": None},
    ],
    "seminar/email/topic_free": [{"topic": TOPIC}],
}
