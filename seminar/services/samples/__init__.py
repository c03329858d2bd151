"""Every letter with invented people, for the page that shows them and the test that reads them; no row is read or written."""

from collections.abc import Iterator
from dataclasses import dataclass

from notifications.services import Rendered, render_letter
from seminar.services.samples.facts import ACCOUNTS, ADA, SEMINAR, STUDENT, Context
from seminar.services.samples.letters import SAMPLES

__all__ = ["ACCOUNTS", "SAMPLES", "SEMINAR", "Sample", "samples"]


@dataclass(frozen=True)
class Sample:
    """One letter in one shape; `name` is for addresses."""

    template: str
    number: int
    context: Context

    @property
    def name(self) -> str:
        return f"{self.template.replace('/email/', '.')}.{self.number}"

    def render(self, language: str) -> Rendered:
        own = self.template.startswith("account/")
        context = {"seminar": SEMINAR, "participant": STUDENT, "user": ADA, **self.context}
        return render_letter(self.template, context, language=language, tag="" if own else SEMINAR.tag)


def samples() -> Iterator[Sample]:
    """Every letter in each of its shapes."""
    for template, contexts in SAMPLES.items():
        yield from (Sample(template, number, context) for number, context in enumerate(contexts, 1))
