"""All assigned works of a reviewer as one archive."""

import tempfile
import zipfile
from collections.abc import Iterable
from typing import IO

from django.core.files.storage import default_storage

from reviews import queries
from reviews.models import Review


def work_archive(reviews: Iterable[Review]) -> IO[bytes]:
    """A ZIP of the works under review, each under the name its reviewer may see; the caller closes it."""
    archive = tempfile.TemporaryFile()  # noqa: SIM115  (the response closes it)
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as bundle:
        for review, version in queries.works(reviews):
            with default_storage.open(version.stored_name) as source:
                bundle.writestr(queries.work_name(review, version), source.read())
    archive.seek(0)
    return archive
