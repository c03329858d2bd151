from seminar.views.health import healthz, readyz
from seminar.views.manage import manage_detail
from seminar.views.now import me_detail
from seminar.views.public import home, language_update, seminar_detail

__all__ = ["healthz", "home", "language_update", "manage_detail", "me_detail", "readyz", "seminar_detail"]
