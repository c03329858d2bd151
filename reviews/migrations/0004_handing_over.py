from django.db import migrations, models
from django.db.models import F, Q


def hand_over(apps, _schema_editor):
    """Until now each review was handed over as soon as it was delivered."""
    delivered = apps.get_model("reviews", "Review").objects.filter(state="delivered")
    delivered.update(handed_over_at=F("delivered_at"))


class Migration(migrations.Migration):
    dependencies = [("reviews", "0003_points")]

    operations = [
        migrations.AddField(
            "reviewround", "near", models.BooleanField("reviewers rather get topics that they had chosen", default=False)
        ),
        migrations.AddField("reviewround", "delivery_date", models.DateField("handed over together on", blank=True, null=True)),
        migrations.AddField("reviewround", "delivery_time", models.TimeField("at", blank=True, null=True)),
        migrations.AddField("review", "handed_over_at", models.DateTimeField(blank=True, null=True)),
        migrations.AddConstraint(
            "reviewround",
            models.CheckConstraint(
                condition=Q(delivery_date__isnull=True, delivery_time__isnull=True)
                | Q(delivery_date__isnull=False, delivery_time__isnull=False),
                name="a_delivery_has_date_and_time",
            ),
        ),
        migrations.AddConstraint(
            "review",
            models.CheckConstraint(
                condition=Q(handed_over_at__isnull=True) | Q(state="delivered"),
                name="only_delivered_reviews_are_handed_over",
            ),
        ),
        migrations.RunPython(hand_over, migrations.RunPython.noop),
    ]
