"""The secret key of an installation that was given none: made once, kept in the home."""

import os
import secrets

from retailhq.embedded.home import EmbeddedError, Home, locked, refuse_foreign, refuse_unreachable


def read_or_make_secret_key(home: Home) -> str:
    """The key kept in the home, made on first use: mode 600, complete from the first moment, one and the same for two commands at once.

    Raises EmbeddedError when the home cannot keep it or the file is damaged; a damaged key is not replaced silently, for that would sign
    everybody out.
    """
    try:
        if not home.secret_key.exists():
            _make(home)
        key = home.secret_key.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise EmbeddedError(f"RETAILHQ_HOME={home.path} cannot be used: {error}") from error
    if len(key) < 50:
        raise EmbeddedError(f"{home.secret_key} is damaged: restore it, or remove it, which signs everybody out")
    return key


def _make(home: Home) -> None:
    refuse_foreign(home)
    refuse_unreachable(home)
    if not home.path.exists():
        home.path.mkdir(parents=True, exist_ok=True)
        # As root the servers run as another user, who has to pass through.
        home.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
    with locked(home):
        if home.secret_key.exists():
            return
        draft = home.path / "secret_key.new"
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(64))
            file.flush()
            os.fsync(file.fileno())
        draft.rename(home.secret_key)
