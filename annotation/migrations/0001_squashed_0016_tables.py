"""The tables as 0001 to 0016 leave them, made at once for a database that has none.

No function, no trigger: 0017 and 0018 load them. Columns stand in the order of an upgraded database.
"""

import annotation.models.campaigns
import django.contrib.auth.models
import django.contrib.auth.validators
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.comparison
import django.db.models.functions.datetime
import django.utils.timezone
import uuid
from django.conf import settings
from django.db import migrations, models

# Rows come and go at the front of the index: vacuum follows the work, not the size of the table.
VACUUM_OFTEN = """
ALTER TABLE annotation_queueentry SET (
    autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500,
    autovacuum_analyze_scale_factor = 0.02, autovacuum_vacuum_cost_delay = 0)
"""


class Migration(migrations.Migration):

    replaces = [('annotation', '0001_initial'), ('annotation', '0002_invariants'), ('annotation', '0003_rules_of_serving'), ('annotation', '0004_queue_of_places'), ('annotation', '0005_places_of_waiting_comparisons'), ('annotation', '0006_indexes_of_the_hot_path'), ('annotation', '0007_the_comparison_screen'), ('annotation', '0008_reference_answers'), ('annotation', '0009_functions_of_the_comparison_screen'), ('annotation', '0010_key_of_the_pixels'), ('annotation', '0011_wording_of_criteria'), ('annotation', '0012_failed_change_regions'), ('annotation', '0013_work_failures'), ('annotation', '0014_words_of_reports'), ('annotation', '0015_overall_of_exports'), ('annotation', '0016_answers_after_a_stop')]

    initial = True

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.CreateModel(
            name='User',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('password', models.CharField(max_length=128, verbose_name='password')),
                ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                ('is_superuser', models.BooleanField(default=False, help_text='Designates that this user has all permissions without explicitly assigning them.', verbose_name='superuser status')),
                ('username', models.CharField(error_messages={'unique': 'A user with that username already exists.'}, help_text='Required. 150 characters or fewer. Letters, digits and @/./+/-/_ only.', max_length=150, unique=True, validators=[django.contrib.auth.validators.UnicodeUsernameValidator()], verbose_name='username')),
                ('first_name', models.CharField(blank=True, max_length=150, verbose_name='first name')),
                ('last_name', models.CharField(blank=True, max_length=150, verbose_name='last name')),
                ('email', models.EmailField(blank=True, max_length=254, verbose_name='email address')),
                ('is_staff', models.BooleanField(default=False, help_text='Designates whether the user can log into this admin site.', verbose_name='staff status')),
                ('is_active', models.BooleanField(default=True, help_text='Designates whether this user should be treated as active. Unselect this instead of deleting accounts.', verbose_name='active')),
                ('date_joined', models.DateTimeField(default=django.utils.timezone.now, verbose_name='date joined')),
                ('preferences', models.JSONField(blank=True, default=dict)),
                ('groups', models.ManyToManyField(blank=True, help_text='The groups this user belongs to. A user will get all permissions granted to each of their groups.', related_name='user_set', related_query_name='user', to='auth.group', verbose_name='groups')),
                ('user_permissions', models.ManyToManyField(blank=True, help_text='Specific permissions for this user.', related_name='user_set', related_query_name='user', to='auth.permission', verbose_name='user permissions')),
            ],
            options={
                'verbose_name': 'user',
                'verbose_name_plural': 'users',
                'abstract': False,
            },
            managers=[
                ('objects', django.contrib.auth.models.UserManager()),
            ],
        ),
        migrations.CreateModel(
            name='Campaign',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('slug', models.SlugField(max_length=60, unique=True)),
                ('name', models.CharField(max_length=120)),
                ('description', models.TextField(blank=True)),
                ('state', models.CharField(choices=[('draft', 'Draft'), ('pilot', 'Pilot'), ('live', 'Live'), ('paused', 'Paused'), ('closed', 'Closed')], default='draft', max_length=10)),
                ('seed', models.BigIntegerField(default=annotation.models.campaigns.random_seed, editable=False)),
                ('k', models.SmallIntegerField(default=2, verbose_name='candidates per comparison')),
                ('overlap', models.SmallIntegerField(default=3, verbose_name='judgments per comparison')),
                ('lease_minutes', models.SmallIntegerField(default=30)),
                ('random_arm_percent', models.SmallIntegerField(default=20)),
                ('held_out_percent', models.SmallIntegerField(default=10)),
                ('send_back_batch', models.SmallIntegerField(default=10)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('daily_cap', models.IntegerField(null=True)),
                ('lane_plan', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=12), default=annotation.models.campaigns.default_lane_plan, size=None)),
                ('overlap_cap', models.SmallIntegerField(default=0)),
                ('overlap_share', models.SmallIntegerField(default=100)),
                ('person_cap', models.IntegerField(null=True)),
                ('repeat_after_minutes', models.IntegerField(default=1440)),
                ('repeat_after_serves', models.IntegerField(default=150)),
                ('repeat_percent', models.SmallIntegerField(default=0)),
                ('repeats_drawn_to', models.BigIntegerField(default=0)),
                ('revise_minutes', models.IntegerField(default=60)),
                ('stop_early', models.BooleanField(default=False)),
                ('asks_strength', models.BooleanField(default=False)),
                ('least_gamut', models.CharField(blank=True, choices=[('srgb', 'sRGB'), ('p3', 'Display P3'), ('rec2020', 'Rec. 2020')], max_length=8)),
                ('least_pane', models.SmallIntegerField(null=True)),
                ('purpose', models.CharField(choices=[('preferences', 'Preferences'), ('gold', 'Gold answers'), ('benchmark', 'Benchmark')], default='preferences', max_length=12)),
                ('reason_chips', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('shows_outside', models.BooleanField(default=True)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('send_back_batch__gte', 0)), name='campaign_send_back_batch'), models.CheckConstraint(condition=models.Q(('k__range', (2, 4))), name='campaign_k_2_to_4'), models.CheckConstraint(condition=models.Q(('overlap__range', (1, 20))), name='campaign_overlap_1_to_20'), models.CheckConstraint(condition=models.Q(('lease_minutes__range', (1, 1440))), name='campaign_lease'), models.CheckConstraint(condition=models.Q(('random_arm_percent__range', (20, 100))), name='campaign_random_arm_floor'), models.CheckConstraint(condition=models.Q(('held_out_percent__gte', 0), ('held_out_percent__lte', models.F('random_arm_percent'))), name='campaign_held_out_inside_random_arm'), models.CheckConstraint(condition=models.Q(('state__in', ['draft', 'pilot', 'live', 'paused', 'closed'])), name='campaign_state_known'), models.CheckConstraint(condition=models.Q(('lane_plan__len', 50)), name='campaign_lane_plan_of_50'), models.CheckConstraint(condition=models.Q(('overlap_share__range', (0, 100))), name='campaign_share'), models.CheckConstraint(condition=models.Q(('overlap_cap', 0), ('overlap_cap__range', (models.F('overlap'), 20)), _connector='OR'), name='campaign_overlap_cap'), models.CheckConstraint(condition=models.Q(models.Q(('daily_cap__isnull', True), ('daily_cap__gte', 1), _connector='OR'), models.Q(('person_cap__isnull', True), ('person_cap__gte', 1), _connector='OR')), name='campaign_caps_positive'), models.CheckConstraint(condition=models.Q(('repeat_after_minutes__gte', 0), ('repeat_after_serves__gte', 0), ('repeat_percent__range', (0, 100)), ('revise_minutes__gte', 0)), name='campaign_gaps_not_negative'), models.CheckConstraint(condition=models.Q(('purpose__in', ['preferences', 'gold', 'benchmark'])), name='campaign_purpose_known'), models.CheckConstraint(condition=models.Q(('least_gamut__in', ['', 'srgb', 'p3', 'rec2020'])), name='campaign_gamut_known'), models.CheckConstraint(condition=models.Q(('least_pane__isnull', True), ('least_pane__range', (64, 8192)), _connector='OR'), name='campaign_least_pane')],
            },
        ),
        migrations.CreateModel(
            name='CampaignEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('verb', models.CharField(max_length=40)),
                ('detail', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='events', to='annotation.campaign')),
            ],
            options={
                'indexes': [models.Index(fields=['campaign', '-created_at'], name='event_by_campaign')],
            },
        ),
        migrations.CreateModel(
            name='Generator',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=100)),
                ('version', models.CharField(blank=True, max_length=60)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='generators', to='annotation.campaign')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('campaign', 'name', 'version'), name='generator_unique')],
            },
        ),
        migrations.CreateModel(
            name='ImportBatch',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('filename', models.CharField(max_length=255)),
                ('job_id', models.UUIDField(null=True)),
                ('report', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('finished_at', models.DateTimeField(null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='imports', to='annotation.campaign')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.CreateModel(
            name='Membership',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('role', models.CharField(choices=[('annotator', 'Annotator'), ('adjudicator', 'Adjudicator'), ('lead', 'Lead')], max_length=12)),
                ('pseudonym', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('paused_at', models.DateTimeField(null=True)),
                ('removed_at', models.DateTimeField(null=True)),
                ('serves', models.IntegerField(default=0)),
                ('lean', models.IntegerField(default=0)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to='annotation.campaign')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                ('categories', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=60), default=list, size=None)),
                ('heads', models.JSONField(default=dict)),
                ('languages', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), default=list, size=None)),
                ('owes_random', models.BooleanField(default=False)),
                ('last_source', models.BigIntegerField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['user', 'role'], name='membership_by_user')],
                'constraints': [models.UniqueConstraint(fields=('campaign', 'user', 'role'), name='membership_unique'), models.CheckConstraint(condition=models.Q(('role__in', ['annotator', 'adjudicator', 'lead'])), name='membership_role_known')],
            },
        ),
        migrations.CreateModel(
            name='Rubric',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.SmallIntegerField()),
                ('published_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='rubrics', to='annotation.campaign')),
                ('published_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('criteria_wording', models.CharField(choices=[('fault', 'what is wrong'), ('quality', 'what should hold')], db_default='fault', max_length=7)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('campaign', 'version'), name='rubric_version_unique'), models.UniqueConstraint(condition=models.Q(('published_at__isnull', True)), fields=('campaign',), name='rubric_one_draft'), models.CheckConstraint(condition=models.Q(('criteria_wording__in', ('fault', 'quality'))), name='rubric_wording_known')],
            },
        ),
        migrations.CreateModel(
            name='Dimension',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.SmallIntegerField()),
                ('slug', models.SlugField(max_length=40)),
                ('name', models.CharField(max_length=60)),
                ('question', models.CharField(blank=True, max_length=200)),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='dimensions', to='annotation.rubric')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('rubric', 'slug'), name='dimension_slug_unique'), models.UniqueConstraint(fields=('rubric', 'position'), name='dimension_position_unique')],
            },
        ),
        migrations.CreateModel(
            name='Criterion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('position', models.SmallIntegerField()),
                ('name', models.CharField(max_length=60)),
                ('text', models.TextField()),
                ('dimension', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='criteria', to='annotation.dimension')),
            ],
            options={
                'ordering': ['position'],
                'constraints': [models.UniqueConstraint(fields=('dimension', 'position'), name='criterion_position_unique')],
            },
        ),
        migrations.CreateModel(
            name='Level',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('value', models.SmallIntegerField()),
                ('name', models.CharField(max_length=40)),
                ('text', models.TextField()),
                ('dimension', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='levels', to='annotation.dimension')),
            ],
            options={
                'ordering': ['value'],
                'constraints': [models.UniqueConstraint(fields=('dimension', 'value'), name='level_value_unique'), models.CheckConstraint(condition=models.Q(('value__range', (1, 4))), name='level_1_to_4')],
            },
        ),
        migrations.CreateModel(
            name='Snapshot',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('content_sha256', models.CharField(max_length=64)),
                ('manifest_path', models.CharField(max_length=160)),
                ('counts', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='snapshots', to='annotation.campaign')),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('campaign', 'content_sha256'), name='snapshot_unique'), models.CheckConstraint(condition=models.Q(('content_sha256__regex', '^[0-9a-f]{64}$')), name='snapshot_sha256_hex')],
            },
        ),
        migrations.CreateModel(
            name='Export',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('format', models.CharField(max_length=40)),
                ('target', models.CharField(max_length=10)),
                ('job_id', models.UUIDField(null=True)),
                ('path', models.CharField(blank=True, max_length=200)),
                ('n_bytes', models.BigIntegerField(null=True)),
                ('n_rows', models.BigIntegerField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('snapshot', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='exports', to='annotation.snapshot')),
                ('overall', models.JSONField(db_default=models.Value([], models.JSONField()), default=list)),
                ('summary', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='StoredImage',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('sha256', models.CharField(max_length=64, unique=True)),
                ('n_bytes', models.BigIntegerField()),
                ('file_format', models.CharField(max_length=10)),
                ('width', models.IntegerField()),
                ('height', models.IntegerField()),
                ('has_alpha', models.BooleanField(default=False)),
                ('perceptual_hash', models.BigIntegerField(null=True)),
                ('colour_grid', models.BinaryField(max_length=768, null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('pixels_sha256', models.CharField(blank=True, db_default='', default='', max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('sha256__regex', '^[0-9a-f]{64}$')), name='image_sha256_hex'), models.CheckConstraint(condition=models.Q(('height__gte', 1), ('width__gte', 1)), name='image_has_area'), models.CheckConstraint(condition=models.Q(('pixels_sha256', ''), ('pixels_sha256__regex', '^[0-9a-f]{64}$'), _connector='OR'), name='image_pixels_sha256_hex')],
                'indexes': [models.Index(condition=models.Q(('pixels_sha256', '')), fields=['id'], name='image_without_pixels_sha256')],
            },
        ),
        migrations.CreateModel(
            name='Item',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('instruction', models.TextField()),
                ('instruction_sha256', models.CharField(max_length=64)),
                ('category', models.CharField(blank=True, max_length=60)),
                ('licence', models.CharField(blank=True, max_length=100)),
                ('origin', models.CharField(blank=True, max_length=500)),
                ('random_arm', models.BooleanField()),
                ('held_out', models.BooleanField()),
                ('version', models.SmallIntegerField(default=1)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_reason', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='items', to='annotation.importbatch')),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='annotation.campaign')),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='annotation.item')),
                ('source', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.storedimage')),
                ('language', models.CharField(blank=True, max_length=16)),
                ('mask', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.storedimage')),
                ('sensitive', models.CharField(blank=True, db_default='', max_length=100)),
            ],
            options={
                'indexes': [models.Index(fields=['campaign', 'id'], name='item_by_campaign')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('campaign', 'source', 'instruction_sha256'), name='item_unique_while_used'), models.CheckConstraint(condition=models.Q(('held_out', False), ('random_arm', True), _connector='OR'), name='item_held_out_inside_random_arm'), models.CheckConstraint(condition=models.Q(('instruction', ''), _negated=True), name='item_has_instruction'), models.CheckConstraint(condition=models.Q(('supersedes__isnull', True), models.Q(('supersedes', models.F('id')), _negated=True), _connector='OR'), name='item_not_its_own_successor')],
            },
        ),
        migrations.CreateModel(
            name='Comparison',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('candidate_ids', django.contrib.postgres.fields.ArrayField(base_field=models.BigIntegerField(), size=None)),
                ('overlap', models.SmallIntegerField()),
                ('held_at', models.DateTimeField(null=True)),
                ('held_reason', models.CharField(blank=True, max_length=100)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comparisons', to='annotation.campaign')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='comparisons', to='annotation.item')),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['campaign', 'id'], name='comparison_by_campaign')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('item', 'candidate_ids'), name='comparison_unique_while_used'), models.CheckConstraint(condition=models.Q(('candidate_ids__len__range', (2, 4))), name='comparison_k_2_to_4'), models.CheckConstraint(condition=models.Q(('overlap__gte', 1)), name='comparison_overlap_positive')],
            },
        ),
        migrations.CreateModel(
            name='Assignment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('lane', models.CharField(choices=[('coverage', 'Coverage'), ('random', 'Random arm'), ('disagreement', 'Disagreement'), ('gold', 'Gold'), ('repeat', 'Repeat'), ('training', 'Training'), ('adjudication', 'Adjudication')], max_length=12)),
                ('policy', models.CharField(max_length=60)),
                ('propensity', models.FloatField(null=True)),
                ('slot', models.SmallIntegerField(null=True)),
                ('shown_order', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('state', models.CharField(choices=[('leased', 'Leased'), ('submitted', 'Submitted'), ('surplus', 'Submitted too late for a place'), ('expired', 'Expired'), ('released', 'Given back'), ('skipped', 'Skipped')], default='leased', max_length=10)),
                ('skip_reason', models.CharField(blank=True, max_length=200)),
                ('leased_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField()),
                ('closed_at', models.DateTimeField(null=True)),
                ('annotator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to=settings.AUTH_USER_MODEL)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='annotation.campaign')),
                ('comparison', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='assignments', to='annotation.comparison')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rubric')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'leased')), fields=['annotator', 'campaign', 'leased_at'], name='assignment_open'), models.Index(fields=['annotator', 'campaign', '-leased_at'], name='assignment_history'), models.Index(fields=['comparison', 'annotator'], name='assignment_by_comparison')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('slot__isnull', False), ('state__in', ['leased', 'submitted'])), fields=('comparison', 'slot'), name='assignment_one_holder_per_slot'), models.UniqueConstraint(condition=models.Q(('state__in', ['leased', 'submitted']), models.Q(('lane', 'repeat'), _negated=True)), fields=('comparison', 'annotator'), name='assignment_nobody_twice'), models.CheckConstraint(condition=models.Q(('slot__isnull', True), models.Q(('lane__in', ['coverage', 'random', 'disagreement']), ('slot__gte', 1)), _connector='OR'), name='assignment_slot_in_counting_lanes'), models.CheckConstraint(condition=models.Q(('state__in', ['leased', 'submitted', 'surplus', 'expired', 'released', 'skipped'])), name='assignment_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('state', 'leased')), models.Q(models.Q(('state', 'leased'), _negated=True), ('closed_at__isnull', False)), _connector='OR'), name='assignment_closed_when_not_leased'), models.CheckConstraint(condition=models.Q(('shown_order__len__range', (2, 4))), name='assignment_order_2_to_4')],
            },
        ),
        migrations.CreateModel(
            name='ModelSignal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('model', models.CharField(max_length=64)),
                ('kind', models.CharField(choices=[('surprise', 'Out-of-fold −log probability of the votes'), ('uncertainty', 'Standard deviation of the reward gap')], max_length=16)),
                ('value', models.FloatField()),
                ('priority', models.FloatField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('comparison', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='signals', to='annotation.comparison')),
            ],
            options={
                'indexes': [models.Index(fields=['model', 'kind', '-priority'], name='signal_ranked')],
                'constraints': [models.UniqueConstraint(fields=('comparison', 'model', 'kind'), name='signal_unique'), models.CheckConstraint(condition=models.Q(('kind__in', ['surprise', 'uncertainty'])), name='signal_known')],
            },
        ),
        migrations.CreateModel(
            name='Judgment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('client_id', models.UUIDField(unique=True)),
                ('lane', models.CharField(choices=[('coverage', 'Coverage'), ('random', 'Random arm'), ('disagreement', 'Disagreement'), ('gold', 'Gold'), ('repeat', 'Repeat'), ('training', 'Training'), ('adjudication', 'Adjudication')], max_length=12)),
                ('scores', django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None), null=True, size=None)),
                ('ranks', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), null=True, size=None)),
                ('tie_kind', models.CharField(choices=[('good', 'All good'), ('bad', 'All bad')], max_length=4, null=True)),
                ('cannot_judge', models.CharField(blank=True, max_length=200)),
                ('surplus', models.BooleanField(default=False)),
                ('note', models.TextField(blank=True)),
                ('active_ms', models.IntegerField(null=True)),
                ('evidence', models.JSONField(default=dict)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('annotator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='judgments', to=settings.AUTH_USER_MODEL)),
                ('assignment', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='judgments', to='annotation.assignment')),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='judgments', to='annotation.campaign')),
                ('comparison', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='judgments', to='annotation.comparison')),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='annotation.judgment')),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rubric')),
                ('remarks', models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict)),
            ],
            options={
                'indexes': [models.Index(fields=['campaign', 'id'], name='judgment_by_campaign'), models.Index(fields=['comparison'], name='judgment_by_comparison'), models.Index(fields=['annotator', 'campaign', '-created_at'], name='judgment_history')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('supersedes__isnull', True)), fields=('assignment',), name='judgment_one_first_answer'), models.CheckConstraint(condition=models.Q(models.Q(('cannot_judge', ''), ('ranks__isnull', False), ('scores__isnull', False)), models.Q(models.Q(('cannot_judge', ''), _negated=True), ('ranks__isnull', True), ('scores__isnull', True)), _connector='OR'), name='judgment_answers_or_says_why_not'), models.CheckConstraint(condition=models.Q(('tie_kind__isnull', True), ('tie_kind__in', ['good', 'bad']), _connector='OR'), name='judgment_tie_kind_known'), models.CheckConstraint(condition=models.Q(('active_ms__isnull', True), ('active_ms__gte', 0), _connector='OR'), name='judgment_active_time_not_negative'), models.CheckConstraint(condition=models.Q(('supersedes__isnull', True), models.Q(('supersedes', models.F('id')), _negated=True), _connector='OR'), name='judgment_not_its_own_successor')],
            },
        ),
        migrations.CreateModel(
            name='SendBack',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('raised_by', models.SmallIntegerField()),
                ('cause', models.CharField(max_length=200)),
                ('model', models.CharField(blank=True, max_length=64)),
                ('propensity', models.FloatField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('comparison', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='send_backs', to='annotation.comparison')),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('raised_by__gte', 1)), name='send_back_raises_overlap')],
            },
        ),
        migrations.CreateModel(
            name='SetAside',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('actor', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('judgment', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='set_aside', to='annotation.judgment')),
            ],
        ),
        migrations.CreateModel(
            name='Derivative',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('variant', models.CharField(choices=[('fit', 'Fit-size, lossy'), ('full', '1:1, lossless')], max_length=8)),
                ('path', models.CharField(max_length=120)),
                ('width', models.IntegerField()),
                ('height', models.IntegerField()),
                ('n_bytes', models.BigIntegerField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='derivatives', to='annotation.storedimage')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('image', 'variant'), name='derivative_unique'), models.CheckConstraint(condition=models.Q(('variant__in', ['fit', 'full'])), name='derivative_known')],
            },
        ),
        migrations.CreateModel(
            name='Candidate',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('seed', models.CharField(blank=True, max_length=40)),
                ('licence', models.CharField(blank=True, max_length=100)),
                ('origin', models.CharField(blank=True, max_length=500)),
                ('version', models.SmallIntegerField(default=1)),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('withdrawn_reason', models.CharField(blank=True, max_length=300)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('supersedes', models.OneToOneField(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='annotation.candidate')),
                ('generator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='annotation.generator')),
                ('batch', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='annotation.importbatch')),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='candidates', to='annotation.item')),
                ('image', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.storedimage')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('item', 'generator', 'seed'), name='candidate_unique_while_used')],
            },
        ),
        migrations.CreateModel(
            name='QueueEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('lane', models.CharField(choices=[('coverage', 'Coverage'), ('random', 'Random arm'), ('disagreement', 'Disagreement'), ('gold', 'Gold'), ('repeat', 'Repeat'), ('training', 'Training'), ('adjudication', 'Adjudication')], max_length=12)),
                ('slot', models.SmallIntegerField(null=True)),
                ('shown_order', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), null=True, size=None)),
                ('draw_key', models.FloatField()),
                ('not_before', models.DateTimeField(null=True)),
                ('after_serves', models.IntegerField(null=True)),
                ('policy', models.CharField(max_length=60)),
                ('propensity', models.FloatField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('annotator', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('campaign', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='queue', to='annotation.campaign')),
                ('comparison', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='queue', to='annotation.comparison')),
                ('source', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.storedimage')),
            ],
            options={
                'indexes': [models.Index(models.F('campaign'), models.F('lane'), django.db.models.functions.comparison.Coalesce('annotator_id', 0), models.F('draw_key'), models.F('id'), name='queue_entry_head')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('slot__isnull', False)), fields=('comparison', 'slot'), name='queue_entry_one_per_place'), models.UniqueConstraint(condition=models.Q(('slot__isnull', True)), fields=('comparison', 'lane', 'annotator'), name='queue_entry_one_per_lane_and_person', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('lane__in', ['coverage', 'random', 'disagreement']), ('shown_order__isnull', False), ('slot__gte', 1)), models.Q(('lane__in', ['gold', 'repeat', 'training', 'adjudication']), ('slot__isnull', True)), _connector='OR'), name='queue_entry_places_in_counting_lanes'), models.CheckConstraint(condition=models.Q(models.Q(('annotator__isnull', False), ('lane', 'repeat')), models.Q(models.Q(('lane', 'repeat'), _negated=True), ('annotator__isnull', True)), _connector='OR'), name='queue_entry_repeats_are_somebodys'), models.CheckConstraint(condition=models.Q(('propensity__isnull', True), models.Q(('propensity__gt', 0), ('propensity__lte', 1)), _connector='OR'), name='queue_entry_propensity_is_probability')],
            },
        ),
        migrations.CreateModel(
            name='ChangeRegion',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('none', 'Unknown'), ('candidates', 'What most candidates change'), ('mask', "The item's mask")], max_length=10)),
                ('path', models.CharField(blank=True, max_length=120)),
                ('shifts', models.JSONField(default=dict)),
                ('made_of', models.CharField(max_length=64)),
                ('updated_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('item', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='change_region', to='annotation.item')),
                ('failure', models.CharField(blank=True, db_default='', default='', max_length=300)),
                ('n_failures', models.SmallIntegerField(db_default=0, default=0)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('kind', 'none'), ('path', '')), models.Q(('kind__in', ['candidates', 'mask']), models.Q(('path', ''), _negated=True)), _connector='OR'), name='change_region_has_picture')],
            },
        ),
        migrations.CreateModel(
            name='ItemReport',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('reason', models.CharField(max_length=200)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('resolved_at', models.DateTimeField(null=True)),
                ('item', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reports', to='annotation.item')),
                ('reporter', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('resolved_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('resolved_at__isnull', True)), fields=('item', 'reporter'), name='item_report_once_while_open')],
            },
        ),
        migrations.CreateModel(
            name='ReferenceAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('use', models.CharField(choices=[('example', 'Worked example in the guide'), ('training', 'Training, explained after the answer'), ('gold', 'Gold, mixed in silently')], max_length=10)),
                ('scores', django.contrib.postgres.fields.ArrayField(base_field=django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None), size=None)),
                ('ranks', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), size=None)),
                ('tie_kind', models.CharField(max_length=4, null=True)),
                ('explanation', models.TextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('withdrawn_at', models.DateTimeField(null=True)),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='references', to='annotation.campaign')),
                ('comparison', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='references', to='annotation.comparison')),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('rubric', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='annotation.rubric')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('withdrawn_at__isnull', True)), fields=('comparison',), name='reference_one_in_use'), models.CheckConstraint(condition=models.Q(('use__in', ['example', 'training', 'gold'])), name='reference_use_known'), models.CheckConstraint(condition=models.Q(('explanation', ''), _negated=True), name='reference_explains')],
            },
        ),
        migrations.CreateModel(
            name='WorkFailure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('work', models.CharField(choices=[('leases', 'Ending leases whose time is over'), ('repeats', 'Drawing repeats'), ('disagreement', 'Sending back what people and model disagree on'), ('overlap', 'Deciding whether one more person is asked')], max_length=20)),
                ('subject', models.CharField(blank=True, max_length=36)),
                ('reason', models.CharField(max_length=300)),
                ('n_times', models.IntegerField(default=1)),
                ('first_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('last_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('campaign', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='work_failures', to='annotation.campaign')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('campaign', 'work', 'subject'), name='work_failure_unique')],
            },
        ),
        # No state to go back to: the table is dropped with it.
        migrations.RunSQL(VACUUM_OFTEN, migrations.RunSQL.noop),
        migrations.RunSQL(
            "CREATE SEQUENCE annotation_queue_refill", "DROP SEQUENCE annotation_queue_refill"
        ),
    ]
