"""The codes that any import may give, with meaning and remedy."""

from core.lib.problems import Code, register

register(
    Code("UNREADABLE_FILE", "import", "The file cannot be opened or unpacked.", "Check path, permission and that the file is complete."),
    Code(
        "FILE_DAMAGED",
        "import",
        "Reading broke off in the middle of the file; the rows before it are kept.",
        "Get the file again and import it; rows that are known count as unchanged.",
    ),
    Code(
        "WRONG_COLUMNS",
        "import",
        "The header row has an unknown, missing or doubled column, or no commas.",
        "Give the file the columns that the message lists; nothing was written.",
    ),
    Code("UNKNOWN_KIND", "import", "There is no such kind of file.", "Use one of the kinds that the message lists."),
    Code(
        "BAD_ENCODING",
        "import",
        "The text is not UTF-8.",
        "Save the file as UTF-8; only the rows named are refused if the header can be read.",
    ),
    Code("BAD_CSV", "import", "The row has another number of cells than the header, or its quotes do not match.", "Correct the row."),
    Code("BAD_JSON", "import", "The line is not one JSON object, or is nested too deeply.", "Write one object a line as the format says."),
    Code(
        "BAD_TEXT",
        "import",
        "A text holds characters that cannot be printed or stored (control characters, halves of surrogate pairs).",
        "Take them out where the data comes from.",
    ),
    Code(
        "BAD_NUMBER",
        "import",
        "A number has an exponent, too many decimals or digits, is not a number, or is out of its range.",
        "Write digits with a point, at most the decimals of the field.",
    ),
    Code(
        "BAD_DATE",
        "import",
        "A date, time or moment cannot be read, has no offset, or cannot be meant.",
        "Write dates as 2017-01-31, moments as 2017-01-31T11:53:26-05:00, times as 04:30.",
    ),
    Code("BAD_VALUE", "import", "A value is not one of those that the field takes.", "Use one of the values that the message names."),
    Code("MISSING_FIELD", "import", "A field that must be filled is blank or missing.", "Fill it in."),
    Code("UNKNOWN_FIELD", "import", "A JSON object has a field that the format does not know.", "Take it out or correct its name."),
    Code(
        "TOO_LARGE",
        "import",
        "A line has more than a million characters, a transaction more than 10,000 lines, or a number more digits than fit.",
        "Split or correct it where the data comes from.",
    ),
    Code(
        "DUPLICATE_LINE",
        "import",
        "A line or payment number stands twice in one transaction.",
        "Number the lines and payments of a transaction apart.",
    ),
    Code(
        "CONFLICT",
        "import",
        "The same key came in before with other content (for a till receipt: rule H16, duplicate receipt).",
        "If it corrects a transaction that is not posted yet, import it with --replace; else correct the number. "
        "A repeat with the same content counts as unchanged.",
    ),
    Code("REFUSED_BY_DATABASE", "import", "The database refused the row although it could be read.", "Correct what the message names."),
    Code(
        "DATABASE_LOST",
        "import",
        "The connection to the database broke off; whole batches before the row are kept.",
        "Import the same file again; rows that are known count as unchanged.",
    ),
)
