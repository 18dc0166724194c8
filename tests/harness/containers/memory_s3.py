"""The S3 operations that the data plane uses, in memory."""

import io
from typing import Any


class MemoryS3:
    """Objects by (bucket, key); lists two keys a page, so that paging is always exercised."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}

    def list_objects_v2(self, *, Bucket: str, Prefix: str, ContinuationToken: str = "") -> Any:  # noqa: N803
        keys = sorted(key for bucket, key in self.objects if bucket == Bucket and key.startswith(Prefix))
        page = [key for key in keys if key > ContinuationToken][:2]
        more = bool(page) and page[-1] != keys[-1]
        return {"Contents": [{"Key": key} for key in page], "IsTruncated": more} | (
            {"NextContinuationToken": page[-1]} if more else {}
        )

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        if (Bucket, Key) not in self.objects:
            raise FileNotFoundError(f"An error occurred (NoSuchKey): s3://{Bucket}/{Key}")
        return {"Body": io.BytesIO(self.objects[Bucket, Key])}

    def put_object(self, *, Bucket: str, Key: str, Body: Any) -> Any:  # noqa: N803
        self.objects[Bucket, Key] = Body.read()
        return {}
