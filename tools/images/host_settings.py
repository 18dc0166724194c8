"""What the build borrows of this machine: certificates and pip's settings, mounted, never copied into an image."""

import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

CERTIFICATES = Path("/etc/ssl/certs")


def borrowed(folder: Path) -> list[str]:
    """The options of `buildah bud` that mount them; `folder` gets the settings as one file."""
    listed = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True
    )
    settings: dict[str, str] = {}
    # Variables of the environment come first, and win.
    for line in listed.stdout.splitlines():
        key, _, value = line.partition("=")
        settings.setdefault(key.rpartition(".")[2], value.strip("'"))
    file = folder / "pip.conf"
    file.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))
    mounts = {CERTIFICATES: str(CERTIFICATES), file: "/etc/pip.conf"}
    words = [word for value in settings.values() for word in value.split()]
    places = [Path(word) for word in words if word.startswith("/")]
    # An index on disk names the packages beside it.
    places += [Path(urlsplit(word).path).parent for word in words if word.startswith("file:///")]
    mounts |= {place: str(place) for place in places if place.is_dir()}
    return [option for host, inside in mounts.items() for option in ("--volume", f"{host}:{inside}:ro")]
