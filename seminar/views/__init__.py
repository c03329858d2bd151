from seminar.views.calendar import calendar_edit, calendar_feed, seminar_calendar
from seminar.views.dossier import dossier_download
from seminar.views.extensions import extension_create, request_decide
from seminar.views.health import healthz, readyz
from seminar.views.leaving import arrival_create, entry_delete, withdrawal_create
from seminar.views.letters import sample_frame, sample_list
from seminar.views.mailings import mailing_create, mailing_edit, mailing_frame
from seminar.views.manage import manage_detail, manage_download
from seminar.views.now import me_detail
from seminar.views.operations import operations_detail, operations_retry
from seminar.views.public import home, language_update, seminar_detail

__all__ = [
    "arrival_create",
    "calendar_edit",
    "calendar_feed",
    "dossier_download",
    "entry_delete",
    "extension_create",
    "healthz",
    "home",
    "language_update",
    "mailing_create",
    "mailing_edit",
    "mailing_frame",
    "manage_detail",
    "manage_download",
    "me_detail",
    "operations_detail",
    "operations_retry",
    "readyz",
    "request_decide",
    "sample_frame",
    "sample_list",
    "seminar_calendar",
    "seminar_detail",
    "withdrawal_create",
]
