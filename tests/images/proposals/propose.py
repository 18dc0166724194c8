"""Learns digits of what people have labeled, and proposes a label of each image, with how sure it is.

Of an image that people have labeled, it asks a model that has not seen it.
"""

import json
import struct
import sys
import zlib
from pathlib import Path

import numpy
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import KFold

FOLDER = Path("/opt/ml/processing")


def pixels(png):
    """The gray values of a PNG of eight bits whose lines are not filtered, from 0 to 1."""
    width, height = struct.unpack(">II", png[16:24])
    begin = png.index(b"IDAT")
    [length] = struct.unpack(">I", png[begin - 4 : begin])
    lines = zlib.decompress(png[begin + 4 : begin + 4 + length])
    return [value / 240 for row in range(height) for value in lines[row * (width + 1) + 1 : (row + 1) * (width + 1)]]


def propose(images, labels):
    """The label of each image and how sure it is; ``labels`` are those of people, -1 for none."""
    proposed, sure = numpy.zeros(len(images), int), numpy.zeros(len(images))

    def ask(learned, asked):
        if len(asked) == 0:
            return
        model = LogisticRegression(C=1.0, max_iter=2000).fit(images[learned], labels[learned])
        chances = model.predict_proba(images[asked])
        proposed[asked] = model.classes_[chances.argmax(axis=1)]
        sure[asked] = chances.max(axis=1)

    known = numpy.flatnonzero(labels >= 0)
    ask(known, numpy.flatnonzero(labels < 0))
    for learned, asked in KFold(5, shuffle=True, random_state=0).split(known):
        ask(known[learned], known[asked])
    return proposed, sure


def main():
    """Read images and manifest, and write the proposals."""
    files = sorted((FOLDER / "input" / "images").glob("*.png"))
    said = {}
    for line in map(json.loads, (FOLDER / "input" / "labels" / "output.manifest").read_text().splitlines()):
        if line["label-metadata"]["human-annotated"] == "yes":
            said[line["source-ref"].rpartition("/")[2]] = line["label"]
    images = numpy.array([pixels(each.read_bytes()) for each in files])
    proposed, sure = propose(images, numpy.array([said.get(each.name, -1) for each in files]))
    with (FOLDER / "output" / "proposals" / "proposals.jsonl").open("w") as out:
        for each, label, confidence in zip(files, proposed, sure, strict=True):
            line = {
                "source-ref": f"{sys.argv[1]}/{each.name}",
                "proposal": str(label),
                "confidence": float(confidence),
            }
            out.write(json.dumps(line) + "\n")


if __name__ == "__main__":
    main()
