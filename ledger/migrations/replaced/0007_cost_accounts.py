from pathlib import Path

from django.db import migrations, models

SQL = Path(__file__).with_suffix(".sql").read_text()


class Migration(migrations.Migration):
    """Accounts of goods received, price variance and cost adjustments, for the legal entities that exist too."""

    dependencies = [
        ('ledger', '0006_prepayment_accounts'),
    ]

    operations = [
        migrations.AlterField(
            model_name='historicalpostingprofile',
            name='posting_type',
            field=models.CharField(choices=[('revenue', 'Revenue'), ('sales_tax', 'Sales tax'), ('clearing', 'Customer clearing'), ('cost_of_goods', 'Cost of goods sold'), ('inventory', 'Inventory'), ('payment', 'Payment'), ('over_short', 'Over/short'), ('rounding', 'Rounding difference'), ('discount', 'Periodic discount'), ('income', 'Income'), ('expense', 'Expense'), ('bank', 'Bank drop'), ('safe', 'Safe drop'), ('float', 'Float and removal'), ('gift_card', 'Gift card liability'), ('prepayment', 'Customer prepayment'), ('cancellation', 'Cancellation charge'), ('goods_received', 'Goods received, not invoiced'), ('price_variance', 'Purchase price variance'), ('cost_adjustment', 'Cost adjustment')], max_length=20),
        ),
        migrations.AlterField(
            model_name='postingprofile',
            name='posting_type',
            field=models.CharField(choices=[('revenue', 'Revenue'), ('sales_tax', 'Sales tax'), ('clearing', 'Customer clearing'), ('cost_of_goods', 'Cost of goods sold'), ('inventory', 'Inventory'), ('payment', 'Payment'), ('over_short', 'Over/short'), ('rounding', 'Rounding difference'), ('discount', 'Periodic discount'), ('income', 'Income'), ('expense', 'Expense'), ('bank', 'Bank drop'), ('safe', 'Safe drop'), ('float', 'Float and removal'), ('gift_card', 'Gift card liability'), ('prepayment', 'Customer prepayment'), ('cancellation', 'Cancellation charge'), ('goods_received', 'Goods received, not invoiced'), ('price_variance', 'Purchase price variance'), ('cost_adjustment', 'Cost adjustment')], max_length=20),
        ),
        # What was posted to the accounts by then keeps them, so the way back leaves them.
        migrations.RunSQL(SQL, migrations.RunSQL.noop),
    ]
