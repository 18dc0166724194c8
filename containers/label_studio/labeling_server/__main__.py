"""``python -m labeling_server``: brings database and projects up to date, and serves on port 8080."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

_PORT = os.environ.get("LABELING_PORT", "8080")
_QUIET = {
    "DJANGO_SETTINGS_MODULE": "labeling_server.settings",
    "SENTRY_DSN": "",
    "FRONTEND_SENTRY_DSN": "",
    "COLLECT_ANALYTICS": "false",
    "LATEST_VERSION_CHECK": "false",
    "INACTIVITY_SESSION_TIMEOUT_ENABLED": "0",
    "DEBUG": "false",
    "LS_CSP_REPORT_ONLY": "false",
}


def set_up() -> None:
    """Make Label Studio importable, whose modules take its own folder for the top."""
    found = find_spec("label_studio")
    if found is None or found.origin is None:
        raise SystemExit("label_studio is not installed")
    folder = str(Path(found.origin).parent)
    if folder not in sys.path:
        sys.path.insert(0, folder)
    os.environ |= _QUIET
    import django

    django.setup()


def application() -> Any:
    """What gunicorn serves."""
    set_up()
    from django.core.wsgi import get_wsgi_application

    from labeling_server.arrivals import follow

    serving = get_wsgi_application()
    # In the one process that serves: the one before has become it, and threads do not survive that.
    follow()
    return serving


def main() -> None:
    """Prepare in this process, and become the server."""
    set_up()
    from django.core.management import call_command

    from labeling_server.projects import apply, wanted

    call_command("migrate", "--no-color", verbosity=0)
    for project in wanted():
        apply(project)
    command = [sys.executable, "-m", "gunicorn", "--bind", f"{os.environ.get('LABELING_HOST', '0.0.0.0')}:{_PORT}"]
    # Threads wait for the database and for S3; a second process would double the memory.
    limits = [
        "--workers",
        "1",
        "--threads",
        "8",
        "--worker-class",
        "gthread",
        "--timeout",
        "120",
        "--keep-alive",
        "75",
    ]
    os.execv(sys.executable, [*command, *limits, "--access-logfile", "-", "labeling_server.__main__:application()"])


if __name__ == "__main__":
    main()
