from seminar.settings.base import *  # noqa: F403
