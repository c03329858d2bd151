"""Grades that were released before there were statistics for students are counted as they stand."""

from django.db import migrations

from grading.domain.statistics import hides_each


def count(apps, schema_editor):
    ReleasedGrade = apps.get_model("grading", "ReleasedGrade")
    CountedGrade = apps.get_model("grading", "CountedGrade")
    seminars = {}
    for row in ReleasedGrade.objects.select_related("participant").order_by("released_at", "pk"):
        seminars.setdefault(row.participant.seminar_id, {})[row.participant_id] = row
    for latest in seminars.values():
        rows = list(latest.values())
        if hides_each([row.grade for row in rows]):
            at = max(row.released_at for row in rows)
            CountedGrade.objects.bulk_create(
                CountedGrade(participant_id=row.participant_id, released=row, counted_at=at) for row in rows
            )


class Migration(migrations.Migration):
    dependencies = [("grading", "0008_documents")]

    operations = [migrations.RunPython(count, migrations.RunPython.noop)]
