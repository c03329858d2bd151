from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.AddField("user", "calendar_key", models.CharField(max_length=43, null=True, blank=True, unique=True)),
    ]
