from seminar.services.export.archive import write_archive
from seminar.services.export.dossier import write_dossier
from seminar.services.export.toml import seminar_toml

__all__ = ["seminar_toml", "write_archive", "write_dossier"]
