from django.db import migrations


class Migration(migrations.Migration):
    """Deals are numbered by a sequence, so that two imports at once never meet."""

    dependencies = [("sales", "0001_initial")]
    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE IF NOT EXISTS sales_deal_number_seq START 1001 OWNED BY sales_deal.number",
            "DROP SEQUENCE IF EXISTS sales_deal_number_seq",
        ),
        # Lists are narrowed by owner and team; the planner must know how much each of them has.
        migrations.RunSQL(
            "ALTER TABLE sales_deal ALTER owner_id SET STATISTICS 1000, ALTER team_id SET STATISTICS 1000",
            "ALTER TABLE sales_deal ALTER owner_id SET STATISTICS -1, ALTER team_id SET STATISTICS -1",
        ),
    ]
