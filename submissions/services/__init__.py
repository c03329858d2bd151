from submissions.services.choosing import choose_version, may_choose, publish, withdraw_publication
from submissions.services.comparing import changes_between
from submissions.services.downloads import attachment
from submissions.services.files import clear_incoming
from submissions.services.reading import MAX_PICTURE_AGE, picture_at, readable, reading_of
from submissions.services.receipts import is_the_file, signature_of, signed_version
from submissions.services.refusing import refusal
from submissions.services.reports import prepare, remarks_on
from submissions.services.similarity import add_template, compare_works, open_case, rank_works, save_case
from submissions.services.uploads import Sent, receive_upload

__all__ = [
    "MAX_PICTURE_AGE",
    "Sent",
    "add_template",
    "attachment",
    "changes_between",
    "choose_version",
    "clear_incoming",
    "compare_works",
    "is_the_file",
    "may_choose",
    "open_case",
    "picture_at",
    "prepare",
    "publish",
    "rank_works",
    "readable",
    "reading_of",
    "receive_upload",
    "refusal",
    "remarks_on",
    "save_case",
    "signature_of",
    "signed_version",
    "withdraw_publication",
]
