"""Prints what becomes of rows that make no matrix."""

import json

from serving.errors import RequestError
from serving.formats.rows import as_matrix, parse_csv


def said(text):
    try:
        return as_matrix(parse_csv(text.encode()), 2).tolist()
    except RequestError as error:
        return str(error)


print(
    json.dumps(
        [
            said(text)
            for text in (
                "1,2\n3,4",
                "1,2\n\n3,4\n",
                "1\n2,3,4",
                "1,2\n3",
                "1\n2",
                "1,2\n3,x",
                "1,2\n3,{}",
                "1,2\n3,1e999",
                "1,2\n3,4],[5,6",
                "1,2\n3,]",
            )
        ]
    )
)
