import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ('courses', '0004_attendance'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Mailing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.UUIDField(default=uuid.uuid4, unique=True)),
                ('state', models.CharField(choices=[('draft', 'draft'), ('scheduled', 'will be sent later'), ('sent', 'sent')], default='draft', max_length=10)),
                ('audience', models.CharField(max_length=20)),
                ('milestone', models.SlugField(blank=True, max_length=40)),
                ('chosen', models.JSONField(blank=True, default=list)),
                ('unticked', models.JSONField(blank=True, default=list)),
                ('subject', models.CharField(blank=True, max_length=200, verbose_name='subject')),
                ('text', models.TextField(blank=True, max_length=20000, verbose_name='text')),
                ('revision', models.PositiveIntegerField(default=0)),
                ('created_at', models.DateTimeField()),
                ('send_at', models.DateTimeField(blank=True, null=True)),
                ('sent_at', models.DateTimeField(blank=True, null=True)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('seminar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mailings', to='courses.seminar')),
            ],
            options={
                'ordering': ['-created_at', '-pk'],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('send_at__isnull', True), ('sent_at__isnull', True), ('state', 'draft')), models.Q(('send_at__isnull', False), ('sent_at__isnull', True), ('state', 'scheduled')), models.Q(('sent_at__isnull', False), ('state', 'sent')), _connector='OR'), name='a_mailing_has_the_times_of_its_state')],
            },
        ),
    ]
