from typing import Any, ClassVar

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import User


class SignupForm(forms.Form):
    """What allauth's sign-up asks beyond address and password."""

    given_names = forms.CharField(label=_("Given names"), max_length=100)
    family_name = forms.CharField(label=_("Family name"), max_length=100)

    def signup(self, _request: HttpRequest, user: User) -> None:
        user.given_names = self.cleaned_data["given_names"]
        user.family_name = self.cleaned_data["family_name"]
        user.save(update_fields=["given_names", "family_name"])


class ProfileForm(forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    class Meta:
        model = User
        fields = (
            "given_names",
            "family_name",
            "display_name",
            "matriculation_number",
            "programme",
            "degree",
            "language",
        )
        help_texts: ClassVar[dict[str, Any]] = {
            "display_name": _("Empty: given names and family name."),
            "matriculation_number": _("Only organizers of your seminars see it; grade records need it."),
        }

    def clean_family_name(self) -> str:
        name: str = self.cleaned_data["family_name"]
        if not name.strip():
            raise forms.ValidationError(_("The family name is needed: your files are named after it."))
        return name
