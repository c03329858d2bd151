"""Why a file is not taken: what happened, what stays in force, what to do next."""

from django.utils.translation import gettext as _

from accounts.domain.refusals import Refusal
from courses.models import Participant
from submissions.models import UploadSlot
from submissions.queries import latest_versions


def refusal(slot: UploadSlot, participant: Participant, code: str, *, status: int = 400, said: str = "") -> Refusal:
    """The refusal of a file for a slot; `said` is what the file's name says."""
    sentences = {
        "deadline_passed": _("The deadline for “%(slot)s” has passed; this file was not accepted."),
        "file_missing": _("No file arrived. Please choose one and send it again."),
        "wrong_type": _("This is not a %(types)s file, which is what “%(slot)s” asks for."),
        "file_empty": _("The file is empty. Please check it and send it again."),
        "too_large": _("The file is larger than %(megabytes)d MB, which is the limit here."),
        "not_a_pdf": _("The file is named .pdf, but it is not a PDF. Please export it as PDF and send it again."),
        "pdf_cut_off": _(
            "The PDF ends too early: it did not arrive whole, or it was not saved whole. Please send it again."
        ),
        "notebook_unreadable": _("The notebook cannot be read as JSON. Please save it again in Jupyter or Colab."),
        "not_a_notebook": _("The file is named .ipynb, but it is not a Jupyter notebook."),
        "unreadable": _("The file could not be checked in reasonable time and was not accepted."),
        "own_work_missing": _("Please confirm that this is your own work, and send the file again."),
        "sources_missing": _("Please say which sources and tools you used (or “none”), and send the file again."),
        "wrong_topic": _(
            "The file's name says topic %(said)s, which is not yours. If it is the right file, say so and send it again."
        ),
        "wrong_person": _(
            "The file's name says “%(said)s”, which is somebody else. If it is the right file, say so and send it again."
        ),
        "no_room": _("The server has no room left, so this file was not kept. Please keep it and try again later."),
    }
    values = {"slot": slot.title, "types": ", ".join(slot.extensions), "megabytes": slot.max_megabytes, "said": said}
    version = latest_versions([slot], [participant.pk]).get((slot.pk, participant.pk))
    kept = (
        _("Version %(number)d stays in force.") % {"number": version.number}
        if version
        else _("Nothing has been handed in yet.")
    )
    return Refusal(code, f"{sentences[code] % values} {kept}", status=status)
