#!/usr/bin/env python
"""Django's entry point: starts the built-in services that the settings ask for, then runs the command."""

import gc
import os
import sys

# These need no database: they must answer even where the services cannot start, and `embedded` governs them itself.
WITHOUT_SERVICES = frozenset({"embedded", "help", "version", "startapp", "makemessages", "compilemessages"})

# What PostgreSQL says where a table or a column is not there: before the first `migrate`, or after an upgrade without it.
UNDEFINED_TABLE_OR_COLUMN = frozenset({"42P01", "42703"})


def needs_services(arguments: list[str]) -> bool:
    """Whether the command line names a command that may touch the database or the broker."""
    if not arguments or arguments[0].startswith("-") or arguments[0] in WITHOUT_SERVICES:
        return False
    return not {"--help", "-h"} & set(arguments)


def main() -> None:
    """Runs one management command; ends with status 2 and one line when the surroundings do not allow it, 130 after Ctrl-C."""
    # What a start imports stays for the life of the process; to look through it for garbage meanwhile is a tenth of the start.
    gc.disable()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "retailhq.settings")
    import django
    from django.core.management import execute_from_command_line
    from django.db import OperationalError, ProgrammingError

    from retailhq.embedded.control import start_or_exit

    try:
        if needs_services(sys.argv[1:]):
            start_or_exit()
        django.setup()
        gc.enable()
        execute_from_command_line(sys.argv)
    except KeyboardInterrupt:
        sys.stderr.write("retailhq: interrupted\n")
        raise SystemExit(130) from None
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None) is not None:
            # The server refused a statement: a fault of ours that deserves its traceback.
            raise
        sys.stderr.write(f"retailhq: the database does not answer: {' '.join(str(error).split())}\n")
        raise SystemExit(2) from None
    except ProgrammingError as error:
        if getattr(error.__cause__, "sqlstate", None) in UNDEFINED_TABLE_OR_COLUMN:
            from retailhq.embedded.supervise import migrated_or_exit

            migrated_or_exit()
        raise


if __name__ == "__main__":
    main()
