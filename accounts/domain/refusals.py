"""How the program says no: a code for programs, a sentence for people, never a stack trace."""


class Refusal(Exception):
    """A request that cannot be granted; `message` says what happened, what was kept and what to do next."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class Conflict(Refusal):
    """Somebody else was faster: nothing was changed, and both values are named."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, status=409)
