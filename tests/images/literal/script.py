"""A processing script that knows nothing but SageMaker's own paths, and tries to write elsewhere."""

import pathlib
import sys

outside = []
for place in sys.argv[1:]:
    try:
        pathlib.Path(place).write_text("found me")
    except OSError as error:
        outside.append(error.strerror)
pathlib.Path("/tmp/scratch").write_text("mine")
read = pathlib.Path("/opt/ml/processing/input/data/row").read_text()
pathlib.Path("/opt/ml/processing/output/own").mkdir(parents=True, exist_ok=True)
pathlib.Path("/opt/ml/processing/output/own/rows.csv").write_text(read + pathlib.Path("/tmp/scratch").read_text())
pathlib.Path("/opt/ml/output").mkdir(exist_ok=True)
pathlib.Path("/opt/ml/output/message").write_text(", ".join(outside))
