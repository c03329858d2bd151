"""The table on people."""

from datetime import date as Day
from typing import Annotated, Literal

from pydantic import EmailStr, Field

from seminar.domain.seminar_file.base import Table


class PersonTable(Table):
    """`[[people]]`: organizers, and students if the file knows them."""

    email: EmailStr = Field(description="address; names the account")
    given: str = Field("", max_length=100, description="given names")
    family: Annotated[str, Field(min_length=1, max_length=100)] = Field(description="family name")
    title: str = Field("", max_length=40, description="academic title, shown before the name")
    role: Literal["organizer", "student"] = Field("student", description="role in the seminar")
    contact: bool = Field(False, description="the public contact; one organizer")
    state: Literal["applied", "waiting", "admitted", "withdrawn"] = Field("admitted", description="state of a student")
    topic: int | None = Field(None, description="number of the student's topic")
    moderates: list[int] = Field([], description="numbers of the topics whose talks the student moderates")
    name_public: bool = Field(False, description="name on the public page")
    matriculation: str = Field("", max_length=20, description="matriculation number")
    programme: str = Field("", max_length=120, description="study programme")
    degree: Literal["", "bachelor", "master", "graduate", "other"] = Field("", description="degree")
    language: Literal["en", "de"] = Field("en", description="language of letters")
    registration_needed: bool | None = Field(
        None, description="must register with the examination office; unset: nobody has said"
    )
    registered_on: Day | None = Field(None, description="day of that registration; `--kickoff` does not move it")
