"""Rules of a container with many models."""

import json
from concurrent.futures import ThreadPoolExecutor

from conformance.container import Container, Contender, started
from conformance.rule import MANY, rule


def _load(container: Container, name: str, url: str) -> int:
    wish = json.dumps({"model_name": name, "url": url}).encode()
    return container.request("POST", "/models", wish, {"Content-Type": "application/json"}).status


@rule("models are loaded once (200, then 409), described, and unloaded (200, then 404)", MANY)
def model_life(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        assert container.request("GET", "/models/one").status == 404
        assert _load(container, "one", str(contender.model)) == 200
        assert _load(container, "one", str(contender.model)) == 409
        described = json.loads(container.request("GET", "/models/one").body)
        assert (described["modelName"], described["modelUrl"]) == ("one", str(contender.model))
        assert container.request("DELETE", "/models/one").status == 200
        assert container.request("DELETE", "/models/one").status == 404


@rule("models are invoked by name, 404 for those that are not loaded", MANY)
def model_invocation(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        _load(container, "one", str(contender.model))
        headers = {"Content-Type": "text/csv"}
        row = contender.row.encode()
        assert container.request("POST", "/models/one/invoke", row, headers).status == 200
        assert container.request("POST", "/models/two/invoke", row, headers).status == 404


@rule("a model that is loaded by several requests at once is loaded once (200, and 409 for the others)", MANY)
def model_loads_once(contender: Contender) -> None:
    with started(contender, contender.many) as container, ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(_load, container, "one", str(contender.model)) for _ in range(4)]
        assert sorted(each.result() for each in waiting) == [200, 409, 409, 409]


@rule("a model that was unloaded can be loaded again", MANY)
def model_comes_back(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        for _ in range(2):
            assert _load(container, "one", str(contender.model)) == 200
            answer = container.request(
                "POST", "/models/one/invoke", contender.row.encode(), {"Content-Type": "text/csv"}
            )
            assert answer.status == 200
            assert container.request("DELETE", "/models/one").status == 200


@rule("models are listed in pages", MANY)
def model_pages(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        for name in ("one", "two", "three"):
            _load(container, name, str(contender.model))
        page = json.loads(container.request("GET", "/models?limit=2").body)
        assert len(page["models"]) == 2
        rest = json.loads(container.request("GET", f"/models?limit=2&next_page_token={page['nextPageToken']}").body)
        assert len(rest["models"]) == 1
        assert not rest.get("nextPageToken")


@rule("a model without its files is refused, and its neighbours go on", MANY)
def model_without_files(contender: Contender) -> None:
    with started(contender, contender.many) as container:
        _load(container, "one", str(contender.model))
        assert _load(container, "none", str(contender.model / "nowhere")) >= 400
        headers = {"Content-Type": "text/csv"}
        assert container.request("POST", "/models/one/invoke", contender.row.encode(), headers).status == 200
