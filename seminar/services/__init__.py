from seminar.services.sweeping import sweep

__all__ = ["sweep"]
