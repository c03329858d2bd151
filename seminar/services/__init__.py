from seminar.services.leaving import admit_late, arrival_of, departure_of, withdraw
from seminar.services.sweeping import sweep

__all__ = ["admit_late", "arrival_of", "departure_of", "sweep", "withdraw"]
