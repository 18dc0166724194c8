"""Which way to serve fits a workload."""

from .inference_options import Advice as Advice
from .inference_options import InferenceOption as InferenceOption
from .inference_options import InferenceWorkload as InferenceWorkload
from .inference_options import advise as advise
