import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('courses', '0002_places'),
    ]

    operations = [
        migrations.AddField(
            model_name='seminar',
            name='attendance',
            field=models.BooleanField(default=True, verbose_name='attendance is noted'),
        ),
        migrations.AddField(
            model_name='seminar',
            name='check_in',
            field=models.BooleanField(default=False, verbose_name='students check in with a code'),
        ),
        migrations.AddField(
            model_name='seminar',
            name='discussion_notes',
            field=models.BooleanField(default=False, verbose_name='discussions are judged session by session'),
        ),
        migrations.AddConstraint(
            model_name='seminar',
            constraint=models.CheckConstraint(condition=models.Q(('attendance', True), models.Q(('check_in', False), ('discussion_notes', False)), _connector='OR'), name='check_in_and_discussion_go_with_attendance'),
        ),
        migrations.AddField(
            model_name='session',
            name='only_named',
            field=models.BooleanField(blank=True, null=True),
        ),
        migrations.CreateModel(
            name='Expectation',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('named', models.BooleanField(default=False)),
                ('by_hand', models.BooleanField(blank=True, null=True)),
                ('session', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='expectations', to='courses.session')),
                ('participant', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='expectations', to='courses.participant')),
            ],
            options={
                'constraints': [
                    models.UniqueConstraint(fields=('session', 'participant'), name='one_expectation_per_session'),
                    models.CheckConstraint(condition=models.Q(('named', True), ('by_hand__isnull', False), _connector='OR'), name='an_expectation_says_something'),
                ],
            },
        ),
    ]
