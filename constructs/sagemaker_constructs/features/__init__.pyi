"""Features: groups of them, for models that are trained and for models that answer."""

from .feature_group import FeatureGroup as FeatureGroup
from .feature_group_share import FeatureGroupShare as FeatureGroupShare
from .feature_ingestion_definition import FeatureIngestionDefinition as FeatureIngestionDefinition
from .feature_schema import FeatureSchema as FeatureSchema
from .offline_store import OfflineStore as OfflineStore
from .online_store import OnlineStore as OnlineStore
from .point_in_time import FeatureHistory as FeatureHistory
from .point_in_time import PointInTimeQuery as PointInTimeQuery
from .provisioned_throughput import ProvisionedThroughput as ProvisionedThroughput
from .stream_ingestion import StreamIngestion as StreamIngestion
from .training_set_definition import GroupFeatures as GroupFeatures
from .training_set_definition import TrainingSetDefinition as TrainingSetDefinition
