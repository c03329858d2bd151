from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("notifications", "0005_letter_files"),
    ]

    operations = [
        migrations.AddField("letter", "about", models.CharField(blank=True, max_length=80)),
        migrations.AddIndex("letter", models.Index(fields=["user", "about"], name="notificatio_user_id_c7e090_idx")),
        migrations.AddIndex("letter", models.Index(fields=["scope", "created_at"], name="notificatio_scope_5c145a_idx")),
    ]
