"""The codes that any import may give, with meaning and remedy."""

from core.lib.problems import Code, register

register(
    Code(
        "UNREADABLE_FILE",
        "import",
        "The file cannot be opened or unpacked.",
        "Check path, permission and that the file is complete.",
        {
            "reading": "The file cannot be read: {reason}. Get it again.",
            "opening": "{file} cannot be read: {reason}. Check path, permission and content.",
            "old_workbook": "{file} is a workbook of an old kind (.xls) or protected by a password; "
            "save it as .xlsx without password, or as CSV.",
            "broken_workbook": "{file} is damaged or no workbook; open it in a spreadsheet program and save it as .xlsx or CSV.",
            "no_sheet": "{file} has no sheet {sheet}; its sheets are {sheets}.",
            "unsafe_xml": "{file} defines names of its own (a DOCTYPE), which no export needs; it is not read.",
            "document": "{file} is a picture or a printed document, no table; export the table as .xlsx or CSV.",
            "packed": "{file} is packed in a way that is not read here; unpack it, or pack it with gzip.",
            "writing": "{file} cannot be written; allow writing there or in the current folder.",
        },
    ),
    Code(
        "FILE_DAMAGED",
        "import",
        "Reading broke off in the middle of the file; the rows before it are kept.",
        "Get the file again and import it; rows that are known count as unchanged.",
        "Reading broke off here: {reason}. The rows before are kept.",
    ),
    Code(
        "WRONG_COLUMNS",
        "import",
        "The header row has an unknown, missing or doubled column, or no commas.",
        "Give the file the columns that the message lists; nothing was written.",
        {
            "no_commas": "The columns are parted by {sign}, not by commas: {header}. Choose a profile that says so, or save the file "
            "with commas.",
            "other_kind": "None of the columns is one of {kind}: the file begins with {found}. Choose another kind of file, or a profile "
            "that says which column is which. The columns of {kind} are {columns}.",
            "xml": "The file is XML, which {kind} never are; choose another kind of file.",
            "empty": "The file is empty; its first row names the columns of {kind}: {columns}.",
            "not_in_file": "Column {column}, which the profile {profile} reads as {ours}, is not in the file; choose another profile.",
            "not_mapped": "The profile {profile} does not say where {column} comes from; name a column or a constant for it.",
            "unknown": "Column {column} is not known. The columns of {kind} are {columns}.",
            "unknown_columns": "Columns {found} are not known. The columns of {kind} are {columns}.",
            "missing": "Column {column} is missing. The columns of {kind} are {columns}.",
            "missing_columns": "Columns {found} are missing. The columns of {kind} are {columns}.",
            "twice": "Column {column} stands twice.",
        },
    ),
    Code(
        "UNKNOWN_KIND",
        "import",
        "There is no such kind of file.",
        "Use one of the kinds that the message lists.",
        {"import": "{kind} is no kind of file; the kinds are {kinds}.", "export": "{kind} cannot be exported; the kinds are {kinds}."},
    ),
    Code(
        "BAD_ENCODING",
        "import",
        "The text is not UTF-8.",
        "Choose a profile with the encoding of the file, or save it as UTF-8; only the rows named are refused if the header can be read.",
        {
            "byte": "Byte {byte} of the row is not UTF-8; choose a profile with the encoding of the file (often Windows-1252), "
            "or save it as UTF-8.",
            "file": "{file} is {encoding}; choose a profile with that encoding, or save it as UTF-8.",
            "windows": "The row is not UTF-8; in Windows-1252 it has the word {word}. Choose a profile with the encoding of the file, "
            "or save it as UTF-8.",
            "body": "The body is not UTF-8.",
        },
    ),
    Code(
        "PROFILE_NEEDED",
        "import",
        "The whole file is written in another way than was said: other separators, decimal signs, dates or encoding.",
        "Choose a profile that says how it is written (in the wizard, or --profile NAME); nothing was written.",
        {
            "table": "The file is a table and not one JSON object a line. Choose the profile of the program that wrote it.",
            "style": "The file is written in another way, as row {row} shows: {reason}",
            "cells": "All rows have {cells} cells and the header {columns}; perhaps numbers with a decimal comma stand without quotes. "
            "Choose a profile with the separator and decimal sign of the file, or save it anew.",
        },
    ),
    Code(
        "BAD_CSV",
        "import",
        "The row has another number of cells than the header, or its quotes do not match.",
        "Correct the row.",
        {
            "quotes": "The quotes of the row do not match ({reason}).",
            "open_quote": "A quote that opens in the row is not closed.",
            "cells": "The row has {cells} cells, the header {columns}; correct its commas and quotes.",
        },
    ),
    Code(
        "BAD_JSON",
        "import",
        "The line is not one JSON object, or is nested too deeply.",
        "Write one object a line as the format says.",
        {
            "cut_off": "The body ended before it was complete.",
            "body_nested": "The body is nested too deeply.",
            "body_unreadable_from": "The body is not JSON: it cannot be read from character {place} on.",
            "body_other_value": "The body is {given}, not a {document}.",
            "body_value": "The body is not what the call takes. {why}",
        },
    ),
    Code(
        "BAD_TEXT",
        "import",
        "A text holds characters that cannot be printed, stored or seen (control and format characters, halves of surrogate pairs).",
        "Take them out where the data comes from.",
        {
            "unprintable": "{field} {value} holds characters that cannot be printed; take them out.",
            "unseen": "{field} {value} holds characters that nobody sees; write it anew, without copying it.",
        },
    ),
    Code(
        "BAD_NUMBER",
        "import",
        "A number has an exponent, too many decimals or digits, is not a number, or is out of its range.",
        "Write digits with a point, at most the decimals of the field.",
        {
            "no_number": "{field} {value} is not a number; write digits and a point, without exponent, grouping or unit.",
            "no_text": "{field} {value} is not a number; write it as a text such as '1.50'.",
            "no_whole": "{field} {value} is not a whole number from 1 to {most}.",
            "decimals": "{field} {value} has more than {decimals} decimals; round it where it comes from.",
            "not_positive": "{field} {value} must be above zero.",
            "below": "{field} {value} must not be below {low}.",
        },
    ),
    Code(
        "BAD_DATE",
        "import",
        "A date, time or moment cannot be read, has no offset, or cannot be meant.",
        "Write dates as 2017-01-31, moments as 2017-01-31T11:53:26-05:00, times as 04:30.",
        {
            "no_date": "{field} {value} is not a date; write it as 2017-01-31.",
            "no_month": "{value} is not a month; write it as 2017-01.",
            "no_moment": "{field} {value} is not a moment; write it as 2017-01-31T11:53:26-05:00.",
            "no_offset": "{field} {value} has no offset; write it as 2017-01-31T11:53:26-05:00.",
            "no_time": "{field} {value} is not a time of day; write it as 04:30.",
            "option": "{value} is no date; write YYYY-MM-DD.",
            "far_away": "{field} {value} is not between the years {first} and {last}.",
        },
    ),
    Code(
        "BAD_VALUE",
        "import",
        "A value is not one of those that the field takes.",
        "Use one of the values that the message names.",
        {
            "too_long": "{field} {value} has {length} characters; at most {most} are allowed.",
            "reason_length": "{field} has {given} characters; at most {most} are allowed.",
            "none_of": "{field} {value} is not known here; write {words}.",
            "no_flag": "{field} {value} is not true or false; write one of the two in small letters.",
        },
    ),
    Code(
        "MISSING_FIELD",
        "import",
        "A field that must be filled is blank or missing.",
        "Fill it in.",
        {"blank": "{field} is blank; fill it in.", "reason": "{field} is blank; say why."},
    ),
    Code("UNKNOWN_FIELD", "import", "A JSON object has a field that the format does not know.", "Take it out or correct its name."),
    Code(
        "TOO_LARGE",
        "import",
        "A line has more than a million characters, a transaction more than 10,000 lines, or a number, or the product of quantity "
        "and price, more digits than a document may have.",
        "Split or correct it where the data comes from; a quantity of so many digits is a bar code in the wrong field.",
        {
            "quantity": "{field} {value} is too large for a quantity: at most {digits} digits stand before the point. Is it a bar code?",
            "product": "{field} {quantity} times {price} is too large: at most {digits} digits of an amount stand before the point.",
            "number": "{field} {value} is too large; at most {digits} digits stand before the point.",
            "huge_number": "{field} is too large; at most {digits} digits stand before the point.",
            "row": "The row has more than a million characters.",
            "sum": "With this row a sum, such as the stock of the item, would be larger than it can be; correct its numbers.",
            "workbook": "{file} unpacks to more than {most} MB; split it, or save the sheet as CSV.",
        },
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
        "The same key came in before with other content (for a POS transaction: rule H16, duplicate transaction).",
        "If it corrects a transaction that is not posted yet, import it with --replace; else correct the number. "
        "A repeat with the same content counts as unchanged.",
        {"in_file": "{key} stands in this file before with other values; keep one of the rows."},
    ),
    Code(
        "REFUSED_BY_DATABASE",
        "import",
        "The database refused the row although it could be read.",
        "Correct what the message names.",
        "The database refused the row: {reason}",
    ),
    Code(
        "CONFUSABLE_CODE",
        "import",
        "The code looks like another one of the same kind and is written with other letters, such as Cyrillic ones.",
        "Write the code that exists, or choose one that looks different.",
        "Code {code} looks like {other} and is written with other letters; write that one, or choose one that looks different.",
    ),
    Code(
        "ROW_NOT_KEPT",
        "import",
        "The row met a mistake in the program; the other rows are kept.",
        "Leave the row out or write it otherwise, and report the text.",
        "The row cannot be kept ({error}: {reason}); leave it out or write it otherwise, and report this text.",
    ),
    Code(
        "DATABASE_LOST",
        "import",
        "The connection to the database broke off; whole batches before the row are kept.",
        "Import the same file again; rows that are known count as unchanged.",
        "The database broke off here: {reason}. Import the same file again.",
    ),
)
