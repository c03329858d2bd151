"""Runs that were computed before students had codes name participants by id; each rule draws a nonce and a salt of its own."""

import secrets

from django.db import migrations


def fill(apps, schema_editor):
    for run in apps.get_model("topics", "AllocationRun").objects.filter(people={}):
        run.people = {code: int(code) for code in run.assignment}
        run.save(update_fields=["people"])
    for rule in apps.get_model("topics", "PreferenceRule").objects.all():
        rule.nonce, rule.salt = secrets.token_hex(16), secrets.token_hex(16)
        rule.save(update_fields=["nonce", "salt"])


class Migration(migrations.Migration):
    dependencies = [("topics", "0002_allocation_evidence_and_exchanges")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
