"""Why a batch was chosen, in plain words, by the code that is stored."""

from django.utils.translation import gettext_lazy

REASONS = {
    "FEFO": gettext_lazy("First to expire"),
    "FIFO": gettext_lazy("First received"),
    "LIFO": gettext_lazy("Last received"),
    "BATCH_NUMBER": gettext_lazy("Lowest batch number"),
    "CAPTURED": gettext_lazy("The till recorded this batch"),
    "CAPTURED_NEGATIVE": gettext_lazy("The till recorded this batch; its stock went negative"),
    "LINKED_RETURN": gettext_lazy("Went back to the batch of the original sale"),
    "BLIND_RETURN": gettext_lazy("Return without a known sale"),
    "NOT_TRACKED": gettext_lazy("Item without batch numbers"),
    "NO_BATCH": gettext_lazy("This warehouse never had a batch of the item"),
    "STOCK_USED_UP": gettext_lazy("The batches of the item are used up"),
    "RESERVED": gettext_lazy("What is left is reserved for others"),
    "RECEIVED_LATER": gettext_lazy("The next batch came in after the sale"),
    "EXPIRED": gettext_lazy("The batches left were expired on the business date"),
    "BLOCKED": gettext_lazy("The batches left are blocked for sale"),
    "SETTLED": gettext_lazy("Debt that was paid with this batch"),
    "DEFAULT_BATCH": gettext_lazy("Sold on the default batch while it was there"),
    "OTHER_BATCH": gettext_lazy("Written down for another batch while it was there"),
    "NOT_POSTED": gettext_lazy("Sold while it was there, and not posted yet"),
}
