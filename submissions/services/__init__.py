from submissions.services.downloads import attachment
from submissions.services.uploads import receive_upload

__all__ = ["attachment", "receive_upload"]
