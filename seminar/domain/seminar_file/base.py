"""What the tables of a seminar's file share: their base, and kinds of values."""

import re
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _slug(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", text):
        raise ValueError("use small letters, digits and hyphens only")
    return text


Slug = Annotated[str, Field(max_length=60), AfterValidator(_slug)]
Key = Annotated[str, Field(max_length=40), AfterValidator(_slug)]
Line = Annotated[str, Field(min_length=1, max_length=250)]
Short = Annotated[str, Field(min_length=1, max_length=120)]
Exact = Annotated[Decimal, Field(ge=0)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, validate_default=True)
