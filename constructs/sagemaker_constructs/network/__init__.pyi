"""Where jobs and models run: an isolated VPC, or one that exists."""

from .imported_network import ImportedNetwork as ImportedNetwork
from .isolated_network import IsolatedNetwork as IsolatedNetwork
from .vpc_placement import VpcPlacement as VpcPlacement
