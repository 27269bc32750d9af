"""A migration step that alters several fields in the time of one."""

from collections.abc import Sequence

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.operations.fields import AlterField
from django.db.migrations.state import ProjectState


class AlterFields(Operation):
    """Alters fields of an app, in the given order; none of them may need another to be altered before.

    After each field Django builds the classes of all models anew that are related to its model, which here are nearly all of them. This
    step has them built once.
    """

    reduces_to_sql = True
    reversible = True
    serialization_expand_args = ["fields"]

    def __init__(self, fields: Sequence[AlterField]) -> None:
        self.fields = list(fields)

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Alters the fields in the state."""
        classes = state.__dict__.pop("apps", None)  # a cached property; without it Django builds no classes
        for field in self.fields:
            field.state_forwards(app_label, state)
        if classes is not None:
            state.__dict__["apps"] = classes
            state.reload_models([(app_label, field.model_name_lower) for field in self.fields], delay=False)

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Alters the columns."""
        for field in self.fields:
            field.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        """Alters the columns to what they were."""
        for field in reversed(self.fields):
            field.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        """For `migrate --plan`."""
        return f"Alter fields {', '.join(f'{field.name} on {field.model_name}' for field in self.fields)}"
