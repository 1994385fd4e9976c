"""Keep the tokens of earlier versions as hashed keys, which go on working."""

from django.db import migrations

# Tokens in plain text are not made again when this is reversed: people make new ones.
HASH_TOKENS = """
INSERT INTO annotation_apikey (public_id, user_id, name, key_sha256, scopes, created_at)
SELECT gen_random_uuid(), user_id, 'token of an earlier version',
       encode(sha256(convert_to(key, 'UTF8')), 'hex'), '{annotate,read,export}', created
  FROM authtoken_token;
DELETE FROM authtoken_token;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("annotation", "0035_api_keys"),
        ("authtoken", "0004_alter_tokenproxy_options"),
    ]

    operations = [migrations.RunSQL(HASH_TOKENS, migrations.RunSQL.noop)]
