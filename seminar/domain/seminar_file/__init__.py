from seminar.domain.seminar_file.checks import moved, read_seminar
from seminar.domain.seminar_file.tables import SeminarFile, Table

__all__ = ["SeminarFile", "Table", "moved", "read_seminar"]
