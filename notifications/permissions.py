"""The policy table of this app."""

import rules

rules.add_perm("notifications.choice_edit", rules.is_authenticated)
rules.add_perm("notifications.choice_update", rules.always_true)
