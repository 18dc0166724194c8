"""Runs AWS's sample once: `python sample.py AUTOSTOP SETTINGS`.

The sample is run as it is, with the arguments that its own start script gives it. What it asks of the instance is
answered here: Jupyter by the real server, whose address and token are in the settings; the SageMaker API by a file
that says that the instance was stopped; the time by a clock that is two minutes further at each look.
"""

import builtins
import datetime
import io
import json
import runpy
import sys
import urllib.request
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any, cast

_METADATA = "/opt/ml/metadata/resource-metadata.json"
_FORM = "%Y-%m-%dT%H:%M:%S.%fZ"


class Clock:
    """Real time, and two minutes more for each look before it."""

    def __init__(self, looks: list[float], minutes: float) -> None:
        self._looks, self._minutes = looks, minutes

    def shown(self, moment: float) -> datetime.datetime:
        """The instance's time at a real moment, without a zone, as instances have it."""
        before = sum(look <= moment for look in self._looks)
        seconds = moment + 60 * self._minutes * before
        return datetime.datetime.fromtimestamp(seconds, datetime.UTC).replace(tzinfo=None)

    def shift(self, text: str) -> str:
        """A time stamp of Jupyter, as it would be on the instance."""
        moment = datetime.datetime.strptime(text, _FORM).replace(tzinfo=datetime.UTC).timestamp()
        return self.shown(moment).strftime(_FORM)


class _Answer:
    """What `requests` gives back."""

    def __init__(self, document: Any) -> None:
        self._document = document

    def json(self) -> Any:
        """The document."""
        return self._document


def main(autostop: str, settings: str) -> None:
    """Let the sample look once."""
    given = json.loads(Path(settings).read_text())
    clock = Clock(given["looks"], given["minutes"])

    def get(url: str, **_: Any) -> Any:
        path = url.split("/", 3)[3]
        request = urllib.request.Request(f"{given['url'].rstrip('/')}/{path}")
        request.add_header("Authorization", f"token {given['token']}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            sessions = json.loads(answer.read())
        for session in sessions:
            session["kernel"]["last_activity"] = clock.shift(session["kernel"]["last_activity"])
        return _Answer(sessions)

    class Now(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:  # noqa: ARG003 - the standard library's signature
            return clock.shown(given["now"])

    class Client:
        def describe_notebook_instance(self, **_: Any) -> dict[str, Any]:
            return {"LastModifiedTime": clock.shown(given["began"])}

        def stop_notebook_instance(self, **_: Any) -> None:
            Path(given["asked"]).touch()

    def ignored(*_: Any) -> Client:
        return Client()

    _stand_in("requests", get=get)
    _stand_in("urllib3", disable_warnings=ignored, exceptions=SimpleNamespace(InsecureRequestWarning=None))
    _stand_in("boto3", client=ignored)
    cast(Any, datetime).datetime = Now
    opened: Any = builtins.open

    def open_file(file: Any, *more: Any, **named: Any) -> Any:
        if file == _METADATA:
            return io.StringIO(json.dumps({"ResourceName": "judged"}))
        return opened(file, *more, **named)

    cast(Any, builtins).open = open_file
    sys.argv = [autostop, "--time", str(given["idle_seconds"]), "--ignore-connections"]
    runpy.run_path(autostop, run_name="__main__")


def _stand_in(name: str, **members: Any) -> None:
    module = ModuleType(name)
    vars(module).update(members)
    sys.modules[name] = module


if __name__ == "__main__":
    main(*sys.argv[1:])
