"""Which way to serve fits a workload, and what an app costs in a month."""

from .changes import BreakEven as BreakEven
from .changes import OneEndpointForAll as OneEndpointForAll
from .changes import OtherInstanceType as OtherInstanceType
from .changes import SavingsPlan as SavingsPlan
from .changes import ScaleToZero as ScaleToZero
from .changes import TrainingOnSpot as TrainingOnSpot
from .changes import WhatIf as WhatIf
from .changes import break_even as break_even
from .changes import what_if as what_if
from .estimates import Bound as Bound
from .estimates import Estimate as Estimate
from .estimates import Item as Item
from .estimates import Line as Line
from .estimates import estimate as estimate
from .estimates import templates_of as templates_of
from .inference_options import Advice as Advice
from .inference_options import InferenceOption as InferenceOption
from .inference_options import InferenceWorkload as InferenceWorkload
from .inference_options import advise as advise
from .prices.price_list import Price as Price
from .prices.price_list import PriceList as PriceList
from .quantities.counting import Quantity as Quantity
