"""Jobs that prepare data and judge models, tables over objects, and queries."""

from .lake.athena_workgroup import AthenaWorkgroup as AthenaWorkgroup
from .lake.crawler import Crawler as Crawler
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
