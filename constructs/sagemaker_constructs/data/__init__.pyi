"""Jobs that prepare data and judge models, tables over objects and in a warehouse, and queries."""

from .batch.batch_job import BatchJob as BatchJob
from .batch.batch_job_definition import BatchJobDefinition as BatchJobDefinition
from .batch.batch_job_size import BatchJobSize as BatchJobSize
from .batch.batch_queue import BatchQueue as BatchQueue
from .batch.batch_retries import BatchRetries as BatchRetries
from .batch.capacity import FargateCapacity as FargateCapacity
from .batch.capacity import InstanceCapacity as InstanceCapacity
from .lake.athena_workgroup import AthenaWorkgroup as AthenaWorkgroup
from .lake.crawler import Crawler as Crawler
from .lake.data_quality_rules import DataQualityRules as DataQualityRules
from .lake.lake_database import LakeDatabase as LakeDatabase
from .lake.lake_table import LakeTable as LakeTable
from .lake.partition_projection import DateProjection as DateProjection
from .lake.partition_projection import EnumProjection as EnumProjection
from .lake.partition_projection import InjectedProjection as InjectedProjection
from .lake.partition_projection import IntegerProjection as IntegerProjection
from .lake.saved_query import SavedQuery as SavedQuery
from .lake.spark_job import SparkJob as SparkJob
from .processing_definition import ProcessingDefinition as ProcessingDefinition
from .processing_input import ProcessingInput as ProcessingInput
from .processing_job import ProcessingJob as ProcessingJob
from .processing_output import ProcessingOutput as ProcessingOutput
from .wrangling.data_wrangler_flow import DataWranglerFlow as DataWranglerFlow
from .warehouse.imported_warehouse import ImportedWarehouse as ImportedWarehouse
from .warehouse.warehouse import Warehouse as Warehouse
from .warehouse.warehouse_base import WarehouseBase as WarehouseBase
