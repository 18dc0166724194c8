"""Files of a job, written to an S3 in memory: what is listed, what is refused, and what stays."""

import io
import json
from collections.abc import Mapping
from typing import Any

import pytest

from lambdas.labeling.files import WrongNumberOfObjectsError, write_files
from lambdas.labeling.manifests import UnreadableManifestError, read_categories, read_manifest


class Objects:
    """The objects of all buckets, listed two at a time."""

    def __init__(self, *keys: str, **contents: str) -> None:
        self.objects: dict[str, str] = dict.fromkeys(keys, "") | contents

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        bucket = arguments["Bucket"]
        if operation == "put_object":
            self.objects[f"{bucket}/{arguments['Key']}"] = arguments["Body"].decode()
            return {}
        if operation == "get_object":
            return {"Body": io.BytesIO(self.objects[f"{bucket}/{arguments['Key']}"].encode())}
        names = [name.removeprefix(f"{bucket}/") for name in sorted(self.objects) if name.startswith(f"{bucket}/")]
        found = [name for name in names if name.startswith(arguments["Prefix"])]
        begin = int(arguments.get("ContinuationToken", 0))
        page: dict[str, Any] = {"Contents": [{"Key": key} for key in found[begin : begin + 2]]}
        if begin + 2 < len(found):
            page |= {"IsTruncated": True, "NextContinuationToken": str(begin + 2)}
        return page if found else {}


IMAGES = [f"data/digits/{digit}.png" for digit in range(5)]


def _properties(**given: Any) -> Mapping[str, Any]:
    # CloudFormation hands numbers over as text.
    return {
        "SourceBucket": "data",
        "SourcePrefix": "digits/",
        "Bucket": "out",
        "Prefix": "labels/inputs",
        "MostObjects": "10",
        "Categories": ["a", "b"],
        **given,
    }


def test_what_is_below_the_prefix_is_listed_in_order() -> None:
    api = Objects(*reversed(IMAGES), "data/digits/", "data/digits/notes.txt", "data/other.png")
    written = write_files(_properties(Suffixes=[".png"], Page="<p>"), api)
    assert written.attributes["ManifestUrl"] == f"s3://out/{written.folder}/input.manifest"
    assert written.attributes["Objects"] == "5"
    lines = read_manifest(api.objects[f"out/{written.folder}/input.manifest"])
    assert [line["source-ref"] for line in lines] == [f"s3://{name}" for name in IMAGES]
    assert read_categories(api.objects[f"out/{written.folder}/label-categories.json"]) == ["a", "b"]
    assert api.objects[f"out/{written.folder}/page.html"] == "<p>"
    assert written.attributes["PageUrl"] == f"s3://out/{written.folder}/page.html"


def test_the_same_content_is_in_the_same_place_and_other_content_in_another() -> None:
    api = Objects(*IMAGES)
    first = write_files(_properties(), api)
    assert write_files(_properties(), api) == first
    api.objects["data/digits/9.png"] = ""
    second = write_files(_properties(), api)
    assert second.folder != first.folder
    assert f"out/{first.folder}/input.manifest" in api.objects
    assert write_files(_properties(Categories=["b", "a"]), api).folder != second.folder


def test_a_manifest_is_read_and_stays_where_it_is() -> None:
    text = '{"source": "one"}\n{"source": "two", "mood": 1}\n'
    api = Objects(**{"data/all.manifest": text})
    written = write_files(_properties(SourceManifest="all.manifest", Audits="mood"), api)
    assert written.attributes["ManifestUrl"] == "s3://data/all.manifest"
    assert (written.attributes["Objects"], written.attributes["PageUrl"]) == ("2", "")
    categories = json.loads(api.objects[f"out/{written.folder}/label-categories.json"])
    assert categories["auditLabelAttributeName"] == "mood"
    api.objects["data/all.manifest"] = "{}"
    with pytest.raises(UnreadableManifestError, match="line 1"):
        write_files(_properties(SourceManifest="all.manifest"), api)


@pytest.mark.parametrize(
    ("keys", "most", "reason"),
    [
        (IMAGES, "4", "s3://data/digits/ has 5 objects, of at most 4"),
        (IMAGES, "1", "has 2 objects, of at most 1"),
        (["data/digits/"], "4", "s3://data/digits/ has no objects"),
    ],
)
def test_no_job_starts_with_nothing_or_with_more_than_is_paid_for(keys: list[str], most: str, reason: str) -> None:
    api = Objects(*keys)
    before = dict(api.objects)
    with pytest.raises(WrongNumberOfObjectsError, match=reason):
        write_files(_properties(MostObjects=most), api)
    assert api.objects == before


def test_what_a_topic_tells_of_is_not_listed() -> None:
    api = Objects(*IMAGES)
    written = write_files(_properties(Lists="false", MostObjects="1", Page="<p>"), api)
    names = {name.rpartition("/")[2] for name in api.objects if name.startswith("out/")}
    assert names == {"label-categories.json", "page.html"}
    assert written.attributes["Objects"] == "0"


def test_what_is_followed_may_come_later() -> None:
    project = {"Task": "ImageMultiClass", "Question": "Which?", "Follow": "true"}
    api = Objects("data/other.png")
    first = write_files(_properties(**project), api)
    assert first.attributes["Objects"] == "0"
    assert f"out/{first.folder}/configuration.xml" in api.objects
    assert f"out/{first.folder}/tasks.json" not in api.objects
    assert write_files(_properties(**project, SourceManifest="all.manifest"), api).attributes["Objects"] == "0"
    api.objects["data/all.manifest"] = '{"source-ref": "s3://data/a.png"}\n'
    second = write_files(_properties(**project, SourceManifest="all.manifest"), api)
    assert len(json.loads(api.objects[f"out/{second.folder}/tasks.json"])) == 1
    api.objects |= dict.fromkeys(IMAGES, "")
    with pytest.raises(WrongNumberOfObjectsError, match="has 5 objects, of at most 4"):
        write_files(_properties(**project, MostObjects="4"), api)


@pytest.mark.parametrize(
    ("task", "text", "reason"),
    [
        ("ImageMultiClass", '{"source": "x"}\n', "line 1 has no source-ref"),
        ("TextMultiClass", '{"source": "x"}\n{"source-ref": "s3://b/k"}\n', "line 2 has no source, which TextMulti"),
    ],
)
def test_a_line_of_which_nothing_would_be_shown_is_refused(task: str, text: str, reason: str) -> None:
    api = Objects(**{"data/all.manifest": text})
    with pytest.raises(UnreadableManifestError, match=reason):
        write_files(_properties(SourceManifest="all.manifest", Task=task, Question="Which?"), api)
