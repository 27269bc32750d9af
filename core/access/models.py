"""The audit trail: who did what, and when."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy

from core.db.fields import code_field
from core.lib.messages import Message, as_written, decode


class MustChangePassword(models.Model):
    """This user's password was given by somebody else: at the next sign-in the person must choose an own one."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, primary_key=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        db_table = "access_passworddue"

    def __str__(self) -> str:
        return str(self.user_id)


class AuditEntry(models.Model):
    """One action of one person. Only ever added to, in the transaction of the action where it has one; the database refuses changes.

    `actor` is the user name as it was then, or what acted without a person (a command, a worker). `subject` names what it was done to,
    `details` holds the values that matter, never a secret; `title` among them is the
    subject where that is said in words. `address` is known for sign-ins and sign-outs.
    """

    class Action(models.TextChoices):
        SIGN_IN = "sign_in", gettext_lazy("Signed in")
        SIGN_OUT = "sign_out", gettext_lazy("Signed out")
        SIGN_IN_FAILED = "sign_in_failed", gettext_lazy("Sign-in failed")
        LOCKED_OUT = "locked_out", gettext_lazy("Locked out")
        UNLOCK = "unlock", gettext_lazy("Unlocked sign-in")
        PASSWORD = "password", gettext_lazy("Changed password")
        PASSWORD_ASKED = "password_asked", gettext_lazy("Asked for a password reset")
        USER_CREATE = "user_create", gettext_lazy("Created user")
        USER_CHANGE = "user_change", gettext_lazy("Changed user")
        PARAMETERS = "parameters", gettext_lazy("Changed Retail parameters")
        MASTER_DATA = "master_data", gettext_lazy("Changed master data")
        VALIDATE = "validate", gettext_lazy("Validated transactions")
        CALCULATE = "calculate", gettext_lazy("Calculated statements")
        POST = "post", gettext_lazy("Asked for posting")
        HOLD = "hold", gettext_lazy("Held transactions")
        CLEAR = "clear", gettext_lazy("Cleared statement")
        CORRECT = "correct", gettext_lazy("Corrected transactions")
        COUNT = "count", gettext_lazy("Counted a tender")
        SETTLE = "settle", gettext_lazy("Settled batch debt")
        REVERSE = "reverse", gettext_lazy("Reversed what was posted")
        JOURNAL = "journal", gettext_lazy("Posted a journal")
        RECEIVE = "receive", gettext_lazy("Registered goods")
        IMPORT = "import", gettext_lazy("Imported a file")
        EXPORT = "export", gettext_lazy("Exported data")
        WATCH = "watch", gettext_lazy("Looked after a difference")
        APPROVE = "approve", gettext_lazy("Approved a fallback over its limit")
        RECURRENCE = "recurrence", gettext_lazy("Changed a recurrence")
        TOKEN_CREATE = "token_create", gettext_lazy("Made an API token")
        TOKEN_REVOKE = "token_revoke", gettext_lazy("Revoked an API token")
        ASK = "ask", gettext_lazy("Asked for help")
        ANSWER = "answer", gettext_lazy("Answered")
        INBOX = "inbox", gettext_lazy("Worked on an exception")
        ACCEPT = "accept", gettext_lazy("Accepted a difference")

    at = models.DateTimeField(gettext_lazy("at"), db_default=Now())
    action = models.CharField(gettext_lazy("action"), max_length=20, choices=Action)
    actor = code_field(verbose_name=gettext_lazy("who"), max_length=150)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    subject = models.CharField(gettext_lazy("what"), max_length=200, blank=True, default="")
    details = models.JSONField(gettext_lazy("details"), default=dict)
    address = models.GenericIPAddressField(gettext_lazy("address"), null=True, blank=True)

    class Meta:
        verbose_name = gettext_lazy("audit entry")
        verbose_name_plural = gettext_lazy("audit entries")
        ordering = ("-id",)
        # Reader: the page of the audit trail, by person and by action, newest first.
        indexes = (models.Index(fields=("actor", "-id"), name="audit_actor"), models.Index(fields=("action", "-id"), name="audit_action"))

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.subject}"

    @property
    def what(self) -> Message:
        """The subject for a reader: in words where it was said in words, else the name that it is."""
        title = self.details.get("title")
        found = decode(title) if isinstance(title, dict) else None
        return found if isinstance(found, Message) else as_written(self.subject)


class HelpRequest(models.Model):
    """A note of somebody who met a problem and may not put it right, to those who may: everybody who has `right` in `company`.

    `way` is the url name of the page that puts it right, `about` what its address is filled from (`core/lib/ways.py`), `page` where the
    problem was met.
    """

    code = code_field(max_length=40)
    way = models.CharField(max_length=100)
    about = models.JSONField(default=dict)
    right = models.CharField(max_length=100)
    company = code_field(blank=True, default="")
    page = models.CharField(max_length=500, blank=True, default="")
    note = models.TextField(blank=True, default="")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(db_default=Now())
    answer = models.TextField(blank=True, default="")
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # Reader: the badge in the frame and the inbox, for those who may answer.
        indexes = (models.Index(fields=("right",), condition=models.Q(answered_at__isnull=True), name="help_request_open"),)

    def __str__(self) -> str:
        return f"{self.code} {self.way}"
