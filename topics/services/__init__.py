from topics.services.allocation import assign_topic, publish_allocation, run_allocation, sync_talk_deadlines
from topics.services.preferences import save_preferences

__all__ = ["assign_topic", "publish_allocation", "run_allocation", "save_preferences", "sync_talk_deadlines"]
