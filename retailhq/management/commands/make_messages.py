"""Collects every text that people read into the German and French catalogues, and compiles them; for developers, needs GNU gettext."""

from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.core.management.commands import makemessages
from django.db.models import CheckConstraint

from core.i18n.extraction import texts_of_messages
from core.i18n.words import WORDS
from core.lib.messages import TEXTS, has_words
from core.lib.problems import REGISTRY
from parameters.forms import INFORMATION_FAST_TABS, TABS
from parameters.rules.keys import KEYS
from retailhq.codes import register_all
from retailhq.exchange.rules.import_templates import TEMPLATES
from retailhq.integrity.checks import CHECKS
from statements.rules.states import CALCULATED, MARKED, POST_STATES, STARTED

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Rules are pure and know no gettext; their texts are handed to the collector in a file of this name, which is gone afterwards.
RULE_TEXTS = Path(settings.BASE_DIR) / "retailhq" / "texts_of_rules.py"


class Command(BaseCommand):
    """`manage.py make_messages`: translate what is new in retailhq/locale/*/LC_MESSAGES/django.po, then run it again."""

    help = "Collects the texts of pages, rules and parameters for translation, and compiles the catalogues."

    def handle(self, *args: object, **options: object) -> None:
        """Catalogues carry no line numbers: they would change with every edit of the code."""
        RULE_TEXTS.write_text("".join(f"gettext_noop({text!r})\n" for text in sorted({*texts_of_rules(), *texts_of_data()})))
        collector = makemessages.Command()
        # What is new is empty, and a test finds it; a guess from a similar text would have to be looked for by hand.
        collector.msgmerge_options = [*collector.msgmerge_options, "--no-fuzzy-matching"]
        try:
            call_command(
                collector,
                *("--locale", LANGUAGES[0], *(part for code in LANGUAGES[1:] for part in ("--locale", code))),
                *("--no-location", "--no-obsolete", "--no-wrap", "--ignore", ".venv", "--ignore", "tests", "--ignore", "staticfiles"),
                verbosity=0,
            )
        finally:
            RULE_TEXTS.unlink()
        call_command("compilemessages", *(part for code in LANGUAGES for part in ("--locale", code)), "--ignore", ".venv", verbosity=0)


def texts_of_data() -> set[str]:
    """The texts of messages and problems."""
    register_all()
    return {text for text in (*texts_of_messages(Path(settings.BASE_DIR)), *TEXTS.values()) if has_words(text)}


def texts_of_rules() -> set[str]:
    """Titles and remedies of all codes; tabs, fast tabs and effects of all parameters; states, checks, verbs, what jobs count."""
    register_all()
    texts = {text for code in REGISTRY.values() for text in (code.title, code.remedy)}
    texts |= {text for key in KEYS for text in (key.tab, key.fast_tab, key.effect)}
    texts |= violation_texts()
    texts |= {*TABS, *(title for group in INFORMATION_FAST_TABS.values() for title, _ in group)}
    texts |= {template.columns for template in TEMPLATES.values() if " " in template.columns.split(",")[0]}
    texts |= {STARTED, MARKED, CALCULATED, *POST_STATES, *(check.name for check in CHECKS)}
    return {text for text in texts if text} | WORDS


def violation_texts() -> set[str]:
    """What forms say where a row would break a rule of its table."""
    rules = [rule for model in apps.get_models() for rule in model._meta.constraints if isinstance(rule, CheckConstraint)]
    return {str(rule.violation_error_message) for rule in rules if rule.violation_error_message != rule.default_violation_error_message}
