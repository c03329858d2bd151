import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0003_expectations'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Excuse',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('asked', 'waits for the organizers'), ('granted', 'granted'), ('declined', 'declined'), ('taken_back', 'taken back')], default='asked', max_length=10)),
                ('reason', models.CharField(blank=True, max_length=250, verbose_name='reason')),
                ('asked_at', models.DateTimeField()),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('answer', models.CharField(blank=True, max_length=250, verbose_name='answer')),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='excuses', to='courses.participant')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='excuses', to='courses.session')),
            ],
            options={
                'ordering': ['asked_at', 'pk'],
                'constraints': [
                    models.UniqueConstraint(condition=models.Q(('state', 'asked')), fields=('session', 'participant'), name='one_open_excuse_per_session'),
                    models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', True), ('state', 'asked')), models.Q(models.Q(('state', 'asked'), _negated=True), ('decided_at__isnull', False)), _connector='OR'), name='a_closed_excuse_says_when'),
                ],
            },
        ),
        migrations.CreateModel(
            name='MakeUp',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('task', models.CharField(max_length=500, verbose_name='task')),
                ('until', models.DateField(verbose_name='until')),
                ('given_at', models.DateTimeField()),
                ('done_on', models.DateField(blank=True, null=True, verbose_name='done on')),
                ('attendance', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='make_up', to='courses.attendance')),
                ('given_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['until', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='CheckIn',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('secret', models.CharField(max_length=64)),
                ('opened_at', models.DateTimeField()),
                ('closes_at', models.DateTimeField()),
                ('opened_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('session', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='check_in', to='courses.session')),
            ],
            options={
                'constraints': [
                    models.CheckConstraint(condition=models.Q(('closes_at__gte', models.F('opened_at'))), name='a_check_in_closes_after_it_opens'),
                ],
            },
        ),
        migrations.CreateModel(
            name='WrongCode',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('count', models.PositiveSmallIntegerField(default=0)),
                ('since', models.DateTimeField()),
                ('participant', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='wrong_codes', to='courses.participant')),
            ],
        ),
        migrations.CreateModel(
            name='DiscussionNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField(choices=[(0, 'none'), (1, 'some'), (2, 'good'), (3, 'very good')])),
                ('noted_at', models.DateTimeField()),
                ('noted_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discussion_notes', to='courses.participant')),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='discussion_notes', to='courses.session')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('session', 'participant'), name='one_discussion_note_per_session'),
                    models.CheckConstraint(condition=models.Q(('level__lte', 3)), name='discussion_level_exists'),
                ],
            },
        ),
    ]
