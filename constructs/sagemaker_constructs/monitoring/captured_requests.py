"""What an endpoint has captured."""

from dataclasses import dataclass

from sagemaker_constructs.data.processing_input import ProcessingInput
from sagemaker_constructs.serving.endpoints.data_capture import DataCapture
from sagemaker_constructs.serving.endpoints.endpoint_base import EndpointBase


@dataclass(frozen=True)
class CapturedRequests(ProcessingInput):
    """Files of data capture below ``prefix`` of ``bucket``, in folders of hours, as SageMaker leaves them.

    ``<prefix>/<variant>/2026/11/30/07/….jsonl`` of all variants, or ``<prefix>/2026/11/30/07/….jsonl`` of whatever
    else writes files of that form. ``endpoint`` is the endpoint's name in metrics and events, if there is one.

    See https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-capture-endpoint.html
    """

    endpoint: str = ""

    @staticmethod
    def of_endpoint(endpoint: EndpointBase, capture: DataCapture) -> "CapturedRequests":
        """What ``endpoint`` captures by ``capture``, its argument."""
        name = endpoint.endpoint_name
        return CapturedRequests(capture.bucket, f"{capture.prefix.strip('/')}/{name}", endpoint=name)
