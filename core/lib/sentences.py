"""A mark for texts that are made in English and shown in the language of the reader (core/i18n/sentences.py)."""


def sentence(text: str) -> str:
    """The text itself; `make_messages` collects what stands in the brackets, as it does with everything that ends with a full stop."""
    return text
