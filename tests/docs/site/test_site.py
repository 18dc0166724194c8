"""The documentation site, built once: its links, its pictures, and what a person finds in a browser."""

import json
import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from functools import partial
from html.parser import HTMLParser
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from harness.documents import DOMAINS, PROJECT
from tools.site.build import build
from tools.site.pages import place_of, sections

pytestmark = pytest.mark.whole

READER = Path(__file__).with_name("reader.mjs")
TASKS = {
    "deploy an endpoint without an AWS account": ("getting started", "first-steps.html"),
    "read how to begin, in Japanese": ("日本語", "first-steps.ja.html"),
    "choose between real time, serverless, asynchronous and batch": (
        "which inference option",
        "choosing-an-endpoint.html",
    ),
    "let an endpoint sleep while nobody asks": (
        "scale to zero",
        "configurations/asynchronous-with-scale-to-zero.html",
    ),
    "find out what a platform costs": ("monthly cost estimate", "domains/cost.html"),
    "know what Ground Truth is replaced by": ("ground truth alternative", "closed-services.html"),
    "label images with people of the team": ("label images", "domains/labeling.html"),
    "react to an alarm at night": ("alarm what to do", "alarms.html"),
    "understand an alarm of drift": ("drift alarm", "drift-runbook.html"),
    "bring an existing bucket under an app": ("import existing resources", "moving-from-the-console.html"),
    "move from Terraform": ("migrate from terraform", "moving-from-terraform.html"),
    "move from the CDK's alpha": ("migrate alpha", "moving-from-the-alpha-l2.html"),
    "look up an argument of RealTimeEndpoint": ("RealTimeEndpoint", "reference/serving.html"),
    "look up a key of the configuration": ("account region yaml", "configuration.html"),
    "find a rule of AWS that refuses a template": ("aws refuses", "aws-rules.html"),
    "stop notebooks that nobody uses": ("idle notebooks", "domains/workbench.html"),
    "make a training set as of a time": ("point in time", "domains/features.html"),
    "train again when data drifts": ("retrain on drift", "domains/monitoring.html"),
    "deploy from GitHub without stored keys": ("github actions", "examples/workflows/index.html"),
    "run many models for little money": ("many models", "configurations/many-models-on-one-endpoint.html"),
}
"""What a person wants, what they would type, and where it stands."""


class _Page(HTMLParser):
    """The anchors, links and pictures of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.anchors: set[str] = set()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if "src" in given:
            self.fetched.append(given["src"])
        if tag == "link" and given.get("rel") in ("stylesheet", "icon", "preload"):
            self.fetched.append(given["href"])


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, in a folder."""
    folder = tmp_path_factory.mktemp("site")
    build(tmp_path_factory.mktemp("sources"), folder / "site")
    return folder / "site"


@pytest.fixture(scope="module")
def pages(site: Path) -> Mapping[str, _Page]:
    """Each page by its place."""
    return {path.relative_to(site).as_posix(): _Page(path.read_text()) for path in sorted(site.rglob("*.html"))}


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    """Where a server of files shows the site."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class _Quiet(SimpleHTTPRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Nothing: a browser asks for hundreds of files."""


@pytest.fixture(scope="module")
def read(address: str, pages: Mapping[str, _Page]) -> dict[str, Any]:
    """What a browser saw of the index and the pages that it names, and what its search found."""
    shown = ["index.html", *(each for each in _named() if each in pages)]
    questions = [question for question, _ in TASKS.values()]
    given = json.dumps({"address": address, "pages": shown, "questions": questions})
    done = subprocess.run(["node", str(READER), given], stdout=subprocess.PIPE, text=True, check=True, cwd=PROJECT)
    return json.loads(done.stdout)


def _named() -> list[str]:
    found = [place_of(page) for section in sections() for page in section.pages]
    return [str(place.with_suffix(".html")) for place in found]


def _resolved(pages: Mapping[str, _Page], page: str, link: str) -> tuple[str, str]:
    """The place and the anchor that a link of a page leads to."""
    parts = urlsplit(link)
    base = Path(page).parent
    target = (base / unquote(parts.path)) if parts.path else Path(page)
    return Path("/", *target.parts).resolve().as_posix()[1:], unquote(parts.fragment)


def test_every_page_of_the_index_is_there(pages: Mapping[str, _Page]) -> None:
    assert set(_named()) <= pages.keys()


def test_every_link_leads_to_a_page_and_its_anchor(site: Path, pages: Mapping[str, _Page]) -> None:
    lost: list[str] = []
    for name, page in pages.items():
        # What is not found is shown at any address, with links from the root.
        for link in page.links if name != "404.html" else ():
            if urlsplit(link).scheme:
                continue
            place, anchor = _resolved(pages, name, link)
            if not (site / place).is_file() or (anchor and place in pages and anchor not in pages[place].anchors):
                lost.append(f"{name}: {link}")
    assert lost == []


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: Mapping[str, _Page]) -> None:
    fetched = {(name, each) for name, page in pages.items() if name != "404.html" for each in page.fetched}
    assert {each for _, each in fetched if urlsplit(each).scheme not in ("", "data")} == set()
    missing = [f"{name}: {each}" for name, each in fetched if not urlsplit(each).scheme]
    assert [each for each in missing if not (site / _resolved(pages, *each.split(": ", 1))[0]).is_file()] == []


def test_each_example_of_a_domain_has_its_picture(site: Path) -> None:
    pictured = [page for page in DOMAINS if "What this provisions" in _text(site, page)]
    others = {page.parent.name for page in DOMAINS} - {page.parent.name for page in pictured}
    assert others <= {"cost", "doctor", "plan"}
    for page in pictured:
        assert re.findall(r'src="[./]*pictures/examples/[\w-]+\.svg"', _text(site, page))


def _text(site: Path, page: Path) -> str:
    return (site / place_of(page).with_suffix(".html")).read_text()


def test_the_reference_has_each_public_class_with_its_arguments(pages: Mapping[str, _Page], site: Path) -> None:
    assert (
        "sagemaker_constructs.serving.endpoints.real_time_endpoint.RealTimeEndpoint"
        in pages["reference/serving.html"].anchors
    )
    shown = re.sub(r"<[^>]+>", "", (site / "reference" / "serving.html").read_text())
    assert "per_instance_per_minute" in shown
    assert "One to ten variants behind one name" in shown


def test_a_browser_asks_nobody_else_and_complains_of_nothing(read: dict[str, Any], address: str) -> None:
    assert read["wrong"] == []
    assert read["asked"] == [address]


def test_pages_fit_a_telephone_in_light_and_dark(read: dict[str, Any]) -> None:
    looked = read["pages"]
    assert len(looked) > 40
    assert [name for name, seen in looked.items() if any(each["wide"] for each in seen.values())] == []
    both = [seen for seen in looked.values() if "dark" in seen]
    assert both
    assert all(seen["light"]["background"] != seen["dark"]["background"] for seen in both)


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_found_with_one_search(read: dict[str, Any], task: str) -> None:
    question, place = TASKS[task]
    assert place in read["found"][question][:5]


@pytest.mark.parametrize("task", TASKS)
def test_a_task_is_at_most_three_clicks_away(pages: Mapping[str, _Page], task: str) -> None:
    reached = {"index.html"}
    for _ in range(3):
        links = [(name, link) for name in reached & pages.keys() for link in pages[name].links]
        reached |= {_resolved(pages, *each)[0] for each in links if not urlsplit(each[1]).scheme}
    assert TASKS[task][1] in reached


def test_there_are_twenty_tasks() -> None:
    assert len(TASKS) == 20
