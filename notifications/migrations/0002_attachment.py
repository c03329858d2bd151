from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [migrations.AddField("letter", "attachment", models.CharField(blank=True, max_length=80))]
