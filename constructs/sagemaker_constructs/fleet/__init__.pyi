"""Hundreds of endpoints of one table, over stacks that stay within CloudFormation's limits."""

from .endpoint_fleet import EndpointFleet as EndpointFleet
from .fleet_table import FleetRow as FleetRow
from .fleet_table import FleetTable as FleetTable
