from seminar.domain.seminar_file.base import Table
from seminar.domain.seminar_file.checks import moved, read_seminar
from seminar.domain.seminar_file.tables import SeminarFile

__all__ = ["SeminarFile", "Table", "moved", "read_seminar"]
