"""Builds the site from its staged sources, with nothing that a browser would have to fetch from elsewhere."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

from tools.site.pages import DOMAINS, INDEX, PROJECT, Section, domain_pages, place_of, sections, title_of
from tools.site.pictures import pictures_of, with_pictures
from tools.site.reference import reference_pages
from tools.site.staging import Staging

_PROGRAM = PROJECT / ".venv-site" / "bin" / "zensical"
# The search runs in a worker, which a page opened as a file may not start; the shim stands in for it.
_SHIM = PROJECT / "node_modules" / "iframe-worker" / "shim" / "index.js"
_FETCHED = re.compile(r'(?<=src=")https://unpkg\.com/iframe-worker/shim(?=")')
_PICTURES = "pictures"


class SiteError(Exception):
    """The generator has said why."""


def build(sources: Path, site: Path) -> None:
    """Write the sources into the folder ``sources`` and the site into ``site``, which is emptied before.

    Raises SiteError with what the generator warns of: a link that leads nowhere is a fault.
    """
    listed = _staged(sources / "docs")
    (sources / "mkdocs.yml").write_text(json.dumps(_configuration(listed), ensure_ascii=False, indent=1))
    command = [_PROGRAM, "build", "--clean", "--strict", "--config-file", "mkdocs.yml"]
    environment = {**os.environ, "NO_COLOR": "1"}
    done = subprocess.run(
        command,
        cwd=sources,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SiteError(done.stdout)
    shutil.rmtree(site, ignore_errors=True)
    shutil.move(sources / "site", site)
    _complete(site)


def _staged(docs: Path) -> Sequence[Section]:
    listed = sections()
    domains = domain_pages()
    drawn = pictures_of(domains)
    added = {page: partial(with_pictures, pictures, f"../{_PICTURES}/examples") for page, pictures in drawn.items()}
    Staging(docs, added).write(INDEX)
    folder = docs / _PICTURES / "examples"
    folder.mkdir(parents=True)
    for picture in (each for pictures in drawn.values() for each in pictures if each):
        (folder / f"{picture.name}.svg").write_text(picture.svg)
    for place, text in reference_pages().items():
        (docs / place).parent.mkdir(exist_ok=True)
        (docs / place).write_text(text)
    return listed


def _complete(site: Path) -> None:
    script = site / "assets" / "javascripts" / "iframe-worker.js"
    shutil.copyfile(_SHIM, script)
    for page in site.rglob("*.html"):
        text = page.read_text()
        page.write_text(_FETCHED.sub(Path(os.path.relpath(script, page.parent)).as_posix(), text))


def _configuration(listed: Sequence[Section]) -> dict[str, Any]:
    reference = sorted({place.as_posix() for place in reference_pages()})
    return {
        "site_name": "sagemaker-constructs",
        "site_description": "AWS CDK constructs in Python for the whole Amazon SageMaker lifecycle",
        "docs_dir": "docs",
        # Pages opened as files find each other only by their names.
        "use_directory_urls": False,
        "nav": [
            {"Start": "index.md"},
            *(
                {section.title: [{title_of(page): str(place_of(page))} for page in section.pages]}
                for section in listed
            ),
            {"Reference of the library": [{Path(page).stem: page} for page in reference]},
        ],
        "theme": {
            "name": "material",
            "font": False,
            "features": [
                "content.code.copy",
                "navigation.sections",
                "navigation.top",
                "search.highlight",
                "toc.follow",
            ],
            "palette": [
                _palette("light", "default", "weather-night", "Dark"),
                _palette("dark", "slate", "weather-sunny", "Light"),
            ],
        },
        "extra": {"generator": False},
        "plugins": [{"search": {"lang": ["en", "ja"]}}, "offline", {"mkdocstrings": _docstrings()}],
        "markdown_extensions": [
            "admonition",
            "attr_list",
            "tables",
            {"toc": {"permalink": True}},
            "pymdownx.details",
            {"pymdownx.highlight": {"anchor_linenums": False}},
            "pymdownx.inlinehilite",
            "pymdownx.magiclink",
            "pymdownx.superfences",
        ],
    }


def _palette(preference: str, scheme: str, icon: str, other: str) -> dict[str, Any]:
    return {
        "media": f"(prefers-color-scheme: {preference})",
        "scheme": scheme,
        "toggle": {"icon": f"material/{icon}", "name": other},
    }


def _docstrings() -> dict[str, Any]:
    options = {
        "docstring_style": None,
        "heading_level": 2,
        "inherited_members": True,
        "merge_init_into_class": True,
        "members_order": "source",
        "separate_signature": True,
        "show_root_full_path": False,
        "show_root_heading": True,
        "show_signature_annotations": True,
        "show_source": False,
    }
    return {"handlers": {"python": {"paths": [str(DOMAINS.parent)], "options": options}}}
