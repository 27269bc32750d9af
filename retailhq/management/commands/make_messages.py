"""Collects every text that people read into the German and French catalogues, and compiles them; for developers, needs GNU gettext."""

import json
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand

from core.i18n.collecting import collected
from core.i18n.extraction import texts_of_messages
from core.i18n.sentences import SENTENCES
from core.i18n.words import WORDS
from core.lib.messages import TEXTS, has_words
from core.lib.problems import REGISTRY
from parameters.forms import TABS, TOLD_FAST_TABS
from parameters.rules.keys import KEYS
from retailhq.exchange.rules.import_templates import TEMPLATES
from retailhq.integrity.checks import CHECKS
from retailhq.management.commands.print_codes import register_all
from statements.rules.states import CALCULATED, MARKED, POST_STATES, STARTED

LANGUAGES = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
# Rules are pure and know no gettext; their texts are handed to the collector in a file of this name, which is gone afterwards.
RULE_TEXTS = Path(settings.BASE_DIR) / "retailhq" / "texts_of_rules.py"


class Command(BaseCommand):
    """`manage.py make_messages`: translate what is new in retailhq/locale/*/LC_MESSAGES/django.po, then run it again."""

    help = "Collects the texts of pages, rules and parameters for translation, and compiles the catalogues."

    def handle(self, *args: object, **options: object) -> None:
        """Catalogues carry no line numbers: they would change with every edit of the code."""
        SENTENCES.write_text(sentences_file())
        RULE_TEXTS.write_text("".join(f"gettext_noop({text!r})\n" for text in sorted({*sentences(), *texts_of_data()})))
        try:
            call_command(
                *("makemessages", "--locale", LANGUAGES[0], *(part for code in LANGUAGES[1:] for part in ("--locale", code))),
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


def sentences() -> list[str]:
    """What rules, services and jobs say: the sentences in their code, and the words in their tables."""
    return sorted({*collected(Path(settings.BASE_DIR)), *texts_of_rules()})


def sentences_file() -> str:
    """The file by which pages find the sentences again."""
    return json.dumps(sentences(), indent=1, ensure_ascii=False) + "\n"


def texts_of_rules() -> set[str]:
    """Meanings and remedies of all codes; tabs, fast tabs and effects of all parameters; states, checks, verbs, what jobs count."""
    register_all()
    texts = {text for code in REGISTRY.values() for text in (code.title, code.remedy)}
    texts |= {text for key in KEYS for text in (key.tab, key.fast_tab, key.effect)}
    texts |= {*TABS, *(title for group in TOLD_FAST_TABS.values() for title, _ in group)}
    texts |= {template.columns for template in TEMPLATES.values() if " " in template.columns.split(",")[0]}
    texts |= {STARTED, MARKED, CALCULATED, *POST_STATES, *(check.name for check in CHECKS)}
    return {text for text in texts if text} | WORDS
