"""What a person can do on a page, said once for the button, its key and the reason why it is not possible now."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Action:
    """A button of the action pane (templates/components/_actions.html).

    `key` is the access key, one letter. It goes to `url`; with `post` it sends `fields` there, with `form` it sends the form of that id (to
    `url` where given), with `dialog` it opens the dialog of that id. `refusal` says why it is not possible now: such a button can be
    reached and read, and does nothing. `needs_rows` marks what works on the rows that are picked in the list.
    """

    name: object
    icon: str = ""
    key: str = ""
    url: str = ""
    post: bool = False
    fields: Mapping[str, str] = field(default_factory=dict)
    form: str = ""
    dialog: str = ""
    primary: bool = False
    needs_rows: bool = False
    refusal: object = ""
    id: str = ""
