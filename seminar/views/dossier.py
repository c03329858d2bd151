"""All that there is of one student, to take along."""

import tempfile

from django.http import FileResponse, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.permissions import signed_in
from courses.models import Seminar
from courses.permissions import own_row, seminar_page
from grading.queries import visible_students
from seminar.services.export import write_dossier
from submissions.domain.naming import canonical_alias
from submissions.services.downloads import sealed


@seminar_page("seminar.dossier_download")
@require_safe
def dossier_download(request: HttpRequest, seminar: Seminar, pk: int) -> HttpResponseBase:
    student = get_object_or_404(visible_students(signed_in(request), seminar), pk=pk)
    # On the disk first: an archive that fails half way must not look like one that is complete.
    archive = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    write_dossier(student, own_row(request, seminar), archive)
    archive.seek(0)
    name = canonical_alias(f"{seminar.slug} {student.user.family_name} dossier", ".zip")
    return sealed(FileResponse(archive, content_type="application/zip"), name)
